/** The cases of `cases/`: models with rows and the web service's answers, which tests/scoring_cases.py writes. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Row } from "./index";

const FOLDER = join(import.meta.dirname, "cases");

export type Answer = Cell | { float: string };

export interface Case {
  name: string;
  runtime: string;
  /** The model file in Base64. */
  model: string;
  rows: Row[];
  answers: (Answer[] | { error: string })[];
}

export function readCases(): Case[] {
  return readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Case);
}

/** How far a cell is from the service's, relative to the larger of 1 and the number; infinite if it is another one. */
export function apart(found: Cell, wanted: Answer): number {
  if (typeof wanted === "object" && wanted !== null) {
    const named = { inf: Infinity, "-inf": -Infinity, nan: null }[wanted.float];
    return Object.is(found, named) ? 0 : Infinity;
  }
  if (found === wanted) return 0;
  if (typeof wanted !== "number" || typeof found !== "number") return Infinity;
  return Math.abs(found - wanted) / Math.max(1, Math.abs(wanted));
}
