/** Two columns against each other: which chart their types ask for, and its figures, from the rows that were read. */

import type { Point } from "../../charts/curve";
import { type FiveNumbers, fiveNumbers } from "../../charts/statistics";
import { type Cell, kindOf, type TableRows } from "./table";
import { cellText } from "./words";

const GROUPS = 12;

export type Pair =
  | { kind: "points"; points: (Point & { row: number })[] }
  | { kind: "boxes"; boxes: { label: string; numbers: FiveNumbers }[]; group: string; number: string }
  | { kind: "heat"; rows: string[]; columns: string[]; counts: number[][] }
  | { kind: "none" };

/** Numbers give points; a number and a text give a box for each text; two texts give counts. */
export function pairOf(table: TableRows, first: string, second: string): Pair {
  const [a, b] = [first, second].map((name) => table.columns.findIndex((column) => column.name === name));
  if (a === undefined || b === undefined || a < 0 || b < 0 || a === b) return { kind: "none" };
  const isNumber = (place: number) => ["number", "time"].includes(kindOf(table.columns[place]!));
  const isWhole = (row: readonly Cell[]) => row[a] !== null && row[b] !== null;
  const rows = table.values.filter(isWhole);
  if (rows.length === 0) return { kind: "none" };
  if (isNumber(a) && isNumber(b)) {
    return { kind: "points", points: table.values.flatMap((row, place) => (isWhole(row) ? [{ x: numberOf(row[a]), y: numberOf(row[b]), row: place }] : [])) };
  }
  if (isNumber(a) || isNumber(b)) {
    const [number, group] = isNumber(a) ? [a, b] : [b, a];
    return { kind: "boxes", boxes: boxes(rows, number, group), group: table.columns[group]!.name, number: table.columns[number]!.name };
  }
  return heat(rows, a, b);
}

function boxes(rows: readonly Cell[][], number: number, group: number) {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const name = cellText(row[group]);
    groups.set(name, [...(groups.get(name) ?? []), numberOf(row[number])]);
  }
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, GROUPS)
    .flatMap(([label, values]) => {
      const numbers = fiveNumbers(values);
      return numbers === null ? [] : [{ label, numbers }];
    });
}

function heat(rows: readonly Cell[][], a: number, b: number): Pair {
  const [down, across] = [a, b].map((place) => frequent(rows.map((row) => cellText(row[place]))));
  const counts = down!.map(() => across!.map(() => 0));
  for (const row of rows) {
    const [y, x] = [down!.indexOf(cellText(row[a])), across!.indexOf(cellText(row[b]))];
    if (y >= 0 && x >= 0) counts[y]![x]! += 1;
  }
  return { kind: "heat", rows: down!, columns: across!, counts };
}

function frequent(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, x], [, y]) => y - x).slice(0, GROUPS).map(([text]) => text);
}

/** A cell as a number; a time in milliseconds. */
export function numberOf(cell: Cell | undefined): number {
  if (typeof cell === "number") return cell;
  // A time comes as its text; its milliseconds keep the distances.
  const time = Date.parse(String(cell));
  return Number.isNaN(time) ? Number(cell) : time;
}
