import { toCsv } from "../charts/csv";
import { cells } from "./delimited";

/** Pages of a CSV file, each with its header, as one file; pages whose columns differ get those of all. */
export function joinCsv(pages: readonly string[]): string[] {
  const heads = pages.map(headOf);
  if (new Set(heads.filter((head) => head !== "")).size <= 1) return pages.map((page, place) => (place === 0 ? page : page.slice(heads[place]!.length).replace(/^\r?\n/, "")));
  const tables = pages.map((page) => cells(page, ",").filter((row) => row.length > 1 || row[0] !== ""));
  const columns = [...new Set(tables.flatMap(([head = []]) => head))];
  const rows = tables.flatMap(([head = [], ...body]) => {
    const places = columns.map((name) => head.indexOf(name));
    return body.map((row) => places.map((place) => row[place]));
  });
  return [toCsv({ columns, rows })];
}

/** The first line; a quoted name may hold a line end. */
function headOf(page: string): string {
  let quoted = false;
  for (let at = 0; at < page.length; at++) {
    if (page[at] === '"') quoted = !quoted;
    else if (!quoted && (page[at] === "\n" || page[at] === "\r")) return page.slice(0, at);
  }
  return page;
}
