/** Text with separators between its cells: CSV of RFC 4180, with semicolons, or with tabs as spreadsheets copy it. */

/** The separator that the first line has most of. */
export function separatorOf(text: string): string {
  const line = text.slice(0, Math.max(text.indexOf("\n"), 0) || text.length);
  const counts = ["\t", ";", ","].map((separator) => [separator, line.split(separator).length] as const);
  return counts.reduce((best, item) => (item[1] > best[1] ? item : best))[0];
}

/** The cells of each line; a quoted cell may hold separators, line ends and doubled quotes. */
export function cells(text: string, separator: string): string[][] {
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
