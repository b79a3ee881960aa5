/** Which rows of a table one wants to see: conditions that all hold, as the API takes them. */

import { type ColumnSummary, kindOf } from "./table";

export interface Condition {
  column: string;
  is: string;
  value?: string;
}

/** The API takes no more at once. */
export const MOST = 8;

const WORDS: Record<string, string> = {
  "=": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least", contains: "contains", missing: "is missing", present: "is there",
};

/** What a cell of a column can be asked for, with its words; the most usual comes first. */
export function comparisons(column: ColumnSummary): [is: string, words: string][] {
  const kinds = { number: [">=", "<=", ">", "<", "=", "!="], time: [">=", "<=", ">", "<", "="], flag: ["="], text: ["=", "!=", "contains"] }[kindOf(column)];
  return [...kinds, "missing", "present"].map((is) => [is, WORDS[is]!]);
}

/** Whether a comparison needs no value. */
export function standsAlone(is: string): boolean {
  return is === "missing" || is === "present";
}

/** A condition in words: "age is at least 30". */
export function conditionWords({ column, is, value }: Condition): string {
  return [column, WORDS[is] ?? is, standsAlone(is) ? "" : value === "" ? "empty" : value].filter(Boolean).join(" ");
}

/** The conditions with one more; a comparison of the same column by the same words is replaced. */
export function withCondition(conditions: readonly Condition[], next: Condition): Condition[] {
  return [...conditions.filter(({ column, is }) => column !== next.column || is !== next.is), next].slice(-MOST);
}

/** The query parameter, or nothing if all rows are wanted. */
export function whereOf(conditions: readonly Condition[]): { where?: string } {
  return conditions.length === 0 ? {} : { where: JSON.stringify(conditions) };
}

/** The values that a column is known to have, to choose from. */
export function knownValues(column: ColumnSummary): string[] {
  if (kindOf(column) === "flag") return ["true", "false"];
  return kindOf(column) === "text" ? (column.top ?? []).map(({ value }) => String(value)) : [];
}
