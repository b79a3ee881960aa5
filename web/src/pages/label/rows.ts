/** Rows to label by their numbers in the dataset, in whatever order and with whatever gaps they were read. */

import { get } from "../../api/client";
import type { Cell, TableRows } from "../dataset/table";

const ROWS = "/workspaces/{workspace}/datasets/{dataset}/rows";
/** As many rows come at once. */
export const PART = 1000;

/** The place of a row among those that were read, -1 if it is not among them. */
export function placeOf({ numbers, offset, values }: TableRows, row: number): number {
  if (numbers) return numbers.indexOf(row);
  return row >= offset && row < offset + values.length ? row - offset : -1;
}

/** The cells of a row by its number. */
export function cellsOf(table: TableRows, row: number): readonly Cell[] | undefined {
  return table.values[placeOf(table, row)];
}

/** The numbers of the rows that were read. */
export function numbersOf({ numbers, offset, values }: TableRows): number[] {
  return numbers ?? values.map((_, place) => offset + place);
}

/** Parts of one table as one; null if it was changed between them. */
export function joined(parts: readonly TableRows[]): TableRows | null {
  const [first] = parts;
  if (first === undefined || parts.some(({ etag }) => etag !== first.etag)) return null;
  return { ...first, values: parts.flatMap(({ values }) => values), numbers: parts.flatMap(numbersOf) };
}

/** A table with further rows behind it, which are looked up by their numbers. */
export function withRows(table: TableRows, more: TableRows | null): TableRows {
  if (more === null) return table;
  return { ...table, values: [...table.values, ...more.values], numbers: [...numbersOf(table), ...numbersOf(more)] };
}

/** The rows of some numbers, kept in their order; others are left out. */
export function onlyRows(table: TableRows, rows: readonly number[]): TableRows {
  const places = rows.map((row) => placeOf(table, row)).filter((place) => place >= 0);
  const numbers = numbersOf(table);
  return { ...table, values: places.map((place) => table.values[place]!), numbers: places.map((place) => numbers[place]!) };
}

/** The parts of the dataset that have these rows, as it is now. */
export async function readParts(dataset: string, rows: readonly number[]): Promise<TableRows> {
  const starts = [...new Set(rows.map((row) => Math.floor(row / PART) * PART))];
  return readAll(dataset, starts.map((offset) => ({ offset })));
}

/** The first rows that have no label yet, up to so many parts of them, from the whole dataset. */
export async function readOpen(dataset: string, column: string | null, parts: number): Promise<TableRows> {
  const where = column === null ? {} : { where: JSON.stringify([{ column, is: "missing" }]) };
  const first = await get<TableRows>(ROWS, { path: { dataset }, query: { offset: 0, limit: PART, ...where } });
  const more = Math.min(parts, Math.ceil((first.matching ?? 0) / PART)) - 1;
  if (more <= 0) return first;
  const rest = await readAll(dataset, Array.from({ length: more }, (_, part) => ({ offset: (part + 1) * PART, ...where })));
  const all = joined([first, rest]);
  if (all === null) throw changed(dataset);
  return all;
}

async function readAll(dataset: string, queries: readonly { offset: number; where?: string }[]): Promise<TableRows> {
  const parts = await Promise.all(queries.map((query) => get<TableRows>(ROWS, { path: { dataset }, query: { limit: PART, ...query } })));
  const all = joined(parts);
  if (all === null) throw changed(dataset);
  return all;
}

function changed(dataset: string): Error {
  return new Error(`${dataset} was changed while it was read. Try again.`);
}
