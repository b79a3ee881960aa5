/** The columns that `explain=true` adds to a response, as one explanation of its first row. */

import type { ExecuteResponse } from "./answers";

const PREFIX = "Contribution: ";

export interface RowExplanation {
  /** What each input column adds, the largest first. */
  parts: { column: string; value: number }[];
  base: number;
  /** The largest standard error of the parts; 0 if they are exact. */
  error: number;
  /** What base and parts add up to. */
  to: string;
  sum: number;
}

/** The explanation of the first row by the first output that has one. */
export function readExplanation(response: ExecuteResponse): RowExplanation | null {
  for (const { value } of Object.values(response.Results)) {
    const cells = new Map<string, string | null>();
    value.ColumnNames.forEach((name, place) => {
      if (name.startsWith(PREFIX)) cells.set(name.slice(PREFIX.length), value.Values[0]?.[place] ?? null);
    });
    if (!cells.has("(base)")) continue;
    const [base, error, to] = [Number(cells.get("(base)")), Number(cells.get("(error)")), cells.get("(to)") ?? "the score"];
    for (const name of ["(base)", "(error)", "(to)"]) cells.delete(name);
    const parts = [...cells].map(([column, text]) => ({ column, value: Number(text) }));
    parts.sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
    return { parts, base, error, to, sum: parts.reduce((sum, part) => sum + part.value, base) };
  }
  return null;
}

/** The largest parts, and all others in one. */
export function largest(parts: RowExplanation["parts"], most: number): RowExplanation["parts"] {
  if (parts.length <= most) return parts;
  const others = parts.slice(most - 1);
  return [...parts.slice(0, most - 1), { column: `${others.length} other columns`, value: others.reduce((sum, { value }) => sum + value, 0) }];
}
