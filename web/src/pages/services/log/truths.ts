/** Files of truths: the columns `id` and `value`, perhaps `at`, as CSV or separated by tabs; sent in parts. */

import { cells, separatorOf } from "../../../parts/delimited";

export interface Truth {
  Id: string;
  Value: string | null;
  At?: string;
}

/** How many truths a request carries: enough to be quick, few enough to show progress. */
export const PART = 20_000;

/** Where the next part begins: parts are sent one after another, and one that is sent twice changes nothing. */
export function partsOf<T>(truths: readonly T[], size = PART): T[][] {
  return Array.from({ length: Math.ceil(truths.length / size) }, (_, part) => truths.slice(part * size, (part + 1) * size));
}

/** The truths in a file; throws what is wrong with it in words. An empty value takes a truth back. */
export function readTruths(text: string): Truth[] {
  const given = text.replace(/^\ufeff/, "");
  const [head = [], ...rows] = cells(given, separatorOf(given)).filter((row) => row.some((cell) => cell !== ""));
  const names = head.map((name) => name.trim().toLowerCase());
  const [id, value, at] = ["id", "value", "at"].map((name) => names.indexOf(name)) as [number, number, number];
  if (id < 0 || value < 0) {
    throw new Error(`The first line must name the columns id and value, and may name at; it is '${head.join(", ").slice(0, 120)}'.`);
  }
  return rows.map((row, number) => {
    const found = row[id]?.trim() ?? "";
    if (found === "") throw new Error(`Row ${(number + 1).toLocaleString("en")} has no id. Nothing was sent.`);
    const moment = at < 0 ? "" : (row[at]?.trim() ?? "");
    return { Id: found, Value: row[value] === undefined || row[value] === "" ? null : (row[value] as string), ...(moment && { At: moment }) };
  });
}
