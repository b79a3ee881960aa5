import type { Cell, Row } from "../../../scoring";

/** A column of an endpoint's form, as `GET …/endpoints/{endpoint}/form` describes it. */
export interface FormColumn {
  Name: string;
  Type: string;
  Kind: "number" | "integer" | "boolean" | "time" | "category" | "text";
  Used: boolean;
  Values: string[];
  ValueCount: number;
  Minimum: Cell;
  Maximum: Cell;
  Typical: Cell;
  Format: string | null;
}

/** The texts of the fields by column name; an empty text is a missing cell. */
export type Fields = Record<string, string>;

/** The fields of a row, with what is not in it left empty. */
export function fieldsOf(columns: readonly FormColumn[], row: Row): Fields {
  return Object.fromEntries(columns.map(({ Name }) => [Name, textOf(row[Name] ?? null)]));
}

function textOf(cell: Cell): string {
  return cell === null ? "" : typeof cell === "boolean" ? (cell ? "true" : "false") : String(cell);
}

/** The row of fields as callers send it: texts, and null for what is empty. */
export function rowOf(fields: Fields): Record<string, string | null> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, text === "" ? null : text]));
}

/** What stands beside a field's label: the range of the training rows, or how many values there are. */
export function rangeText(column: FormColumn): string {
  if (column.Kind === "category") return `${column.ValueCount.toLocaleString("en")} values`;
  if (typeof column.Minimum !== "number" || typeof column.Maximum !== "number") return column.Type;
  return `${figure(column.Minimum)} to ${figure(column.Maximum)}`;
}

/** A number with as many digits as a reader wants. */
export function figure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: Math.abs(value) < 1000 ? 4 : 12, maximumFractionDigits: 3 });
}

/** What a person should know of a field's text, although it is scored: it is outside of what the model saw. */
export function remark(column: FormColumn, text: string): string | null {
  if (text === "") return null;
  if (column.Kind === "category" && column.ValueCount === column.Values.length && !column.Values.includes(text)) {
    return "Not in the training data";
  }
  const value = Number(text);
  const { Minimum, Maximum } = column;
  if (typeof Minimum !== "number" || typeof Maximum !== "number" || text.trim() === "" || Number.isNaN(value)) return null;
  return value < Minimum || value > Maximum ? "Outside of the training data" : null;
}

/** The body of `…/execute` with one row. */
export function requestBody(input: string | undefined, columns: readonly FormColumn[], row: Record<string, Cell>) {
  const names = columns.map(({ Name }) => Name);
  const table = { ColumnNames: names, Values: [names.map((name) => row[name] ?? null)] };
  return { Inputs: input === undefined ? {} : { [input]: table }, GlobalParameters: {} };
}
