import { cells, separatorOf } from "../../parts/delimited";

/** A table that was pasted: its header and its rows of texts. */
export interface PastedTable {
  names: string[];
  rows: string[][];
}

/** The most characters of a pasted text that are read. */
export const MAX_PASTED = 1_000_000;

/**
 * The table in a pasted text: CSV or, as spreadsheets copy it, separated by tabs; with quotes, or a single line
 * without a header if `columns` are as many as its cells.
 */
export function readPasted(text: string, columns: readonly string[]): PastedTable {
  const given = text.slice(0, MAX_PASTED).replace(/^\ufeff/, "");
  const separator = separatorOf(given);
  const lines = cells(given, separator).filter((row) => row.some((cell) => cell !== ""));
  const [first, ...rest] = lines;
  if (!first) return { names: [], rows: [] };
  const known = new Set(columns);
  const isHeader = first.some((cell) => known.has(cell.trim()));
  if (isHeader) return { names: first.map((cell) => cell.trim()), rows: rest };
  return first.length === columns.length ? { names: [...columns], rows: lines } : { names: first, rows: rest };
}
