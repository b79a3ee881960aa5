/** What the API says of a table: of a dataset or of what a module delivered. */

export interface ColumnSummary {
  name: string;
  type: string;
  missing?: number;
  unique?: number;
  mean?: number | null;
  median?: number | null;
  min?: number | null;
  max?: number | null;
  std?: number | null;
  histogram?: { edges: number[]; counts: number[] } | null;
  top?: { value: Cell; count: number }[];
}

export type Cell = string | number | boolean | null;

export interface TableSummary {
  kind: string;
  rows: number;
  columnCount: number;
  columns: ColumnSummary[];
  preview: Cell[][];
  rowsKept: number;
  columnsKept: number;
  name?: string;
  etag?: string;
  size?: number;
  complete?: boolean;
  warnings?: string[];
  /** Of models and transformations. */
  task?: string;
  learner?: string;
  module?: string;
  properties?: Record<string, unknown>;
  summary?: Record<string, unknown>;
}

export interface TableRows {
  rows: number;
  rowsKept: number;
  offset: number;
  columns: { name: string; type: string }[];
  values: Cell[][];
  /** How many of the kept rows the conditions leave. */
  matching?: number;
  /** The number of each row in the table, from 0. */
  numbers?: number[];
  etag?: string;
}

/** Where a table is read. */
export interface TableSource {
  summary: string;
  rows: string;
  /** The rows as a file. */
  table: string;
  path: Record<string, string>;
}

export type Kind = "number" | "text" | "flag" | "time";

const KINDS: Record<string, Kind> = { String: "text", Boolean: "flag", DateTime: "time", DateTimeOffset: "time" };

export function kindOf({ type }: { type: string }): Kind {
  return KINDS[type] ?? "number";
}
