/** Labels that are not written yet, kept in this tab, so that closing a page or losing the net loses none. */

import type { Cell, TableRows } from "../dataset/table";
import { cellsOf } from "./rows";

const KEY = "perennial.labels";

/** A label with what its row was, to know whether it is the same row still. */
export interface KeptLabel {
  row: number;
  label: string;
  print: string;
}

type Stored = Record<string, KeptLabel[]>;

/** What tells one row from another: its cells but the label, as 64 bits in two hashes. */
export function rowPrint(cells: readonly Cell[], labelAt: number): string {
  const text = JSON.stringify(cells.filter((_, place) => place !== labelAt));
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (let place = 0; place < text.length; place++) {
    a = Math.imul(a ^ text.charCodeAt(place), 0x01000193);
    b = Math.imul(b + text.charCodeAt(place), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}

/** Labels whose row is what it was and has no other label meanwhile; the others are counted. */
export function stillValid(kept: readonly KeptLabel[], table: TableRows, column: string): { labels: Map<number, string>; lost: number } {
  const labelAt = table.columns.findIndex(({ name }) => name === column);
  const labels = new Map<number, string>();
  for (const { row, label, print } of kept) {
    const cells = cellsOf(table, row);
    if (cells === undefined || rowPrint(cells, labelAt) !== print) continue;
    const theirs = labelAt < 0 ? null : cells[labelAt];
    if (theirs === null || theirs === undefined || String(theirs) === label) labels.set(row, label);
  }
  return { labels, lost: kept.length - labels.size };
}

/** Labels with the prints of their rows, which must be among those that were read. */
export function printed(labels: ReadonlyMap<number, string>, table: TableRows, column: string): KeptLabel[] {
  const labelAt = table.columns.findIndex(({ name }) => name === column);
  return [...labels].flatMap(([row, label]) => {
    const cells = cellsOf(table, row);
    return cells ? [{ row, label, print: rowPrint(cells, labelAt) }] : [];
  });
}

export function keepLabels(place: string, labels: readonly KeptLabel[]): void {
  const stored = readAll();
  if (labels.length === 0) delete stored[place];
  else stored[place] = [...labels];
  try {
    sessionStorage.setItem(KEY, JSON.stringify(stored));
  } catch {
    // The storage is full or off: the labels are in the page still.
  }
}

export function findLabels(place: string): KeptLabel[] {
  return readAll()[place] ?? [];
}

function readAll(): Stored {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Stored | null) ?? {};
  } catch {
    return {};
  }
}
