/** The table behind a chart, as a file. */

export type Cell = string | number | boolean | null | undefined;

export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** CSV as RFC 4180 has it; a text that a spreadsheet would take for a formula gets a quote before it. */
export function toCsv({ columns, rows }: ChartTable): string {
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n").concat("\r\n");
}

function cell(value: Cell): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A file name of letters, digits and hyphens. */
export function fileName(title: string, ending: "svg" | "csv" | "parquet" | "arrow"): string {
  const name = title.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").toLowerCase();
  return `${name.slice(0, 80) || "chart"}.${ending}`;
}
