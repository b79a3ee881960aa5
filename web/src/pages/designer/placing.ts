/** Where a module goes that is added, and what it is connected to. */

import type { ExperimentDocument, Point } from "./document";
import { connect } from "./edits";
import type { Palette } from "./palette";

/** With a place for every module, so that the next one does not move the others. */
export function withPlaces(document: ExperimentDocument, places: ReadonlyMap<string, Point>): ExperimentDocument {
  return { ...document, layout: Object.fromEntries(places) };
}

/** A free place under a module. */
export function below(places: ReadonlyMap<string, Point>, title: string): Point {
  const [x, y] = places.get(title) ?? [0, 0];
  return freeSpot(places, [x, y + 96]);
}

/** The place itself, or the next one to its right where nothing stands yet. */
export function freeSpot(places: ReadonlyMap<string, Point>, [x, y]: Point): Point {
  let at: Point = [x, y];
  while ([...places.values()].some(([left, top]) => Math.abs(left - at[0]) < 214 && Math.abs(top - at[1]) < 64)) at = [at[0] + 230, at[1]];
  return at;
}

/** A module added while another is picked goes on from it: its first free output into the first input that fits. */
export function joinedTo(palette: Palette, document: ExperimentDocument, from: string, to: string): ExperimentDocument {
  const outputs = palette.get(document.modules[from]?.module ?? "")?.outputs ?? [];
  const inputs = palette.get(document.modules[to]?.module ?? "")?.inputs ?? [];
  for (const input of inputs) {
    const output = outputs.find(({ type }) => type === input.type);
    if (output) return connect(document, [from, output.name], [to, input.name]);
  }
  return document;
}
