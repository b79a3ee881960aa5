/** Which port a property picks columns from, and how selections of columns are read and written. */

import { describe, type ExperimentDocument, findItem, type PortRef } from "./document";
import type { Palette } from "./palette";

/** The input whose columns a property picks from: of two datasets, the second for names that end in R or "2". */
export function columnPort(palette: Palette, document: ExperimentDocument, title: string, property: string): PortRef | undefined {
  const inputs = (describe(palette, findItem(document, title))?.inputs ?? []).filter(({ type }) => type === "Dataset");
  const second = inputs[1] && /( for R|2| R)$/.test(property) ? inputs[1] : undefined;
  const port = second ?? inputs[0];
  return port && [title, port.name];
}

/** A selection of columns as the picker shows it. */
export type Selection =
  | { kind: "names"; names: string[] }
  | { kind: "rule"; select: string; except: string[] }
  | { kind: "other" };

export const RULES: readonly (readonly [string, string])[] = [
  ["all", "All columns"],
  ["numeric", "All numbers"],
  ["string", "All texts"],
  ["categorical", "All categories"],
  ["features", "All features"],
  ["labels", "All labels"],
];

export function readSelection(value: unknown): Selection {
  if (value === undefined || value === null || value === "") return { kind: "names", names: [] };
  if (typeof value === "string") return { kind: "names", names: [value] };
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return { kind: "names", names: value };
  const { select, except = [] } = value as { select?: unknown; except?: unknown };
  const isRule = typeof select === "string" && Object.keys(value as object).every((key) => key === "select" || key === "except");
  return isRule && Array.isArray(except) ? { kind: "rule", select, except: except.map(String) } : { kind: "other" };
}

/** The value to write: one name as a text, as people write it by hand. */
export function writeSelection(selection: Exclude<Selection, { kind: "other" }>): unknown {
  if (selection.kind === "rule") {
    return selection.except.length > 0 ? { select: selection.select, except: selection.except } : { select: selection.select };
  }
  const { names } = selection;
  return names.length === 0 ? undefined : names.length === 1 ? names[0] : names;
}
