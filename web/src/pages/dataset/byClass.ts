/** Rows by the classes of a column: how a number spreads in each of them, and which points are whose. */

import type { Point } from "../../charts/curve";
import { type ColumnSummary, type TableRows } from "./table";
import { numberOf } from "./pair";
import { cellText } from "./words";

/** More colours are not told apart; the other classes share one. */
const COLOURS = 6;
const OTHERS = 7;

export interface ClassSeries {
  name: string;
  /** 1 to 6, and 7 for all others. */
  tone: number;
}

/** The columns whose classes can be told apart by colour. */
export function classColumns(columns: readonly ColumnSummary[], most = 20): string[] {
  return columns.filter(({ unique }) => unique !== undefined && unique > 1 && unique <= most).map(({ name }) => name);
}

/** The classes of rows, the most frequent first, with their colours; those that are missing are a class of their own. */
export function classesOf(table: TableRows, by: string): { series: ClassSeries[]; toneOf: (row: number) => number } {
  const at = table.columns.findIndex(({ name }) => name === by);
  const texts = table.values.map((row) => cellText(row[at]));
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  // Classes keep their colours while rows are filtered as long as their order by name holds.
  const known = [...counts].sort(([, a], [, b]) => b - a).slice(0, COLOURS).map(([name]) => name).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const tones = new Map(known.map((name, place) => [name, place + 1]));
  const series = known.map((name, place): ClassSeries => ({ name, tone: place + 1 }));
  if (counts.size > known.length) series.push({ name: `${counts.size - known.length} others`, tone: OTHERS });
  return { series, toneOf: (row) => tones.get(texts[row] ?? "") ?? OTHERS };
}

/** How many rows of each class lie in each range of a number: shape (series, ranges). */
export function countsByClass(table: TableRows, column: string, by: string, edges: readonly number[]): { series: ClassSeries[]; counts: number[][] } {
  const at = table.columns.findIndex(({ name }) => name === column);
  const { series, toneOf } = classesOf(table, by);
  const counts = series.map(() => edges.slice(1).map(() => 0));
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 0];
  const isTime = ["DateTime", "DateTimeOffset"].includes(table.columns[at]?.type ?? "");
  table.values.forEach((row, place) => {
    const cell = row[at];
    if (cell === null || cell === undefined) return;
    // Edges of times are in seconds.
    const value = isTime ? numberOf(cell) / 1000 : numberOf(cell);
    if (!(value >= low && value <= high) || high <= low) return;
    const bin = Math.min(edges.length - 2, Math.floor(((value - low) / (high - low)) * (edges.length - 1)));
    const which = series.findIndex(({ tone }) => tone === toneOf(place));
    counts[which]![bin]! += 1;
  });
  return { series, counts };
}

/** Points of each class; a point without its row's place is none of theirs. */
export function pointsByClass(table: TableRows, points: readonly (Point & { row: number })[], by: string): (ClassSeries & { points: Point[] })[] {
  const { series, toneOf } = classesOf(table, by);
  return series.map((each) => ({ ...each, points: points.filter(({ row }) => toneOf(row) === each.tone) }));
}
