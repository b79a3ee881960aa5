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
  const separator = mark(given.slice(0, Math.max(given.indexOf("\n"), 0) || given.length));
  const lines = cells(given, separator).filter((row) => row.some((cell) => cell !== ""));
  const [first, ...rest] = lines;
  if (!first) return { names: [], rows: [] };
  const known = new Set(columns);
  const isHeader = first.some((cell) => known.has(cell.trim()));
  if (isHeader) return { names: first.map((cell) => cell.trim()), rows: rest };
  return first.length === columns.length ? { names: [...columns], rows: lines } : { names: first, rows: rest };
}

function mark(line: string): string {
  const counts = ["\t", ";", ","].map((separator) => [separator, line.split(separator).length] as const);
  return counts.reduce((best, item) => (item[1] > best[1] ? item : best))[0];
}

function cells(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    rows.at(-1)!.push(cell);
    cell = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[++at]!;
      else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === separator) endCell();
    else if (char === "\n") {
      endCell();
      rows.push([]);
    } else if (char !== "\r" || text[at + 1] !== "\n") cell += char;
  }
  endCell();
  return rows;
}
