import { figure, fileSize, percent } from "../../charts/figures";
import { type Cell, type ColumnSummary, type Kind, kindOf, type TableSummary } from "./table";

/** What a type is called. */
export function typeWords(type: string): string {
  const words: Record<string, string> = {
    Int32: "Number, whole", Int64: "Number, whole", Double: "Number", Single: "Number", String: "Text", Boolean: "Yes or no",
    DateTime: "Date and time", DateTimeOffset: "Date and time", TimeSpan: "Duration",
  };
  return words[type] ?? type;
}

/** A figure of a column; times have theirs in seconds since 1970. */
export function columnFigure(value: number | null | undefined, kind: Kind): string {
  if (kind !== "time" || value === null || value === undefined) return figure(value);
  const time = new Date(value * 1000);
  return Number.isNaN(time.getTime()) ? figure(value) : time.toISOString().slice(0, 16).replace("T", " ");
}

/** The line below a column's name: its range, or its most frequent value with its share. */
export function rangeWords(column: ColumnSummary, rows: number): string {
  const kind = kindOf(column);
  const present = rows - (column.missing ?? 0);
  const top = column.top?.[0];
  if (present === 0) return "all missing";
  if (kind === "number" || kind === "time") {
    if (column.min === undefined || column.max === undefined) return "";
    return `${columnFigure(column.min, kind)} to ${columnFigure(column.max, kind)}`;
  }
  if (top === undefined) return `${figure(column.unique)} values`;
  if (top.count === 1) return `${figure(column.unique)} values, all different`;
  return `${cellText(top.value)} ${percent(top.count / present, 0)}`;
}

export function missingWords(column: ColumnSummary, rows: number): string {
  if (!column.missing) return "none missing";
  return `${percent(column.missing / Math.max(1, rows))} missing`;
}

export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "missing";
  if (typeof cell === "number") return Number.isInteger(cell) && Math.abs(cell) < 1e15 ? figure(cell, 15) : figure(cell, 6);
  return String(cell);
}

/** The sentence that heads the page. */
export function tableSentence(summary: TableSummary): string {
  const parts = [`${figure(summary.rows)} ${summary.rows === 1 ? "row" : "rows"}`, `${figure(summary.columnCount)} columns`];
  if (summary.size !== undefined) parts.push(fileSize(summary.size));
  const ends = summary.complete === false ? " Only the beginning of this large file was looked at." : "";
  return `${parts.join(", ")}.${ends}`;
}

/** What of a table a reader should know: what the profile warns of, then columns that are empty, constant or have gaps. */
export function tableWarnings({ columns, rows, warnings = [] }: TableSummary, most = 6): { column?: string; text: string }[] {
  const found: { column?: string; text: string }[] = warnings.map((text) => ({ text }));
  for (const { name, missing = 0, unique } of columns) {
    if (warnings.some((text) => text.includes(`'${name}'`))) continue;
    if (rows > 0 && missing === rows) found.push({ column: name, text: "has no value in any row" });
    else if (unique === 1 && rows > 1) found.push({ column: name, text: "has the same value everywhere" });
    else if (missing / Math.max(1, rows) >= 0.05) found.push({ column: name, text: `is missing in ${percent(missing / rows)} of the rows` });
  }
  const left = found.length - most;
  return left > 0 ? [...found.slice(0, most), { text: `${figure(left)} more: see Columns` }] : found;
}
