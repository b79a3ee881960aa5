/** The cell that the keyboard is at; rows count from the first of the table, columns among those shown. */

export interface Cursor {
  row: number;
  column: number;
}

interface Bounds {
  rows: number;
  columns: number;
  pageRows: number;
}

/** Where a key leads; null if the key is none of the table's. */
export function moved({ row, column }: Cursor, key: string, ctrl: boolean, { rows, columns, pageRows }: Bounds): Cursor | null {
  const at = (newRow: number, newColumn: number): Cursor => ({
    row: Math.max(0, Math.min(rows - 1, newRow)),
    column: Math.max(0, Math.min(columns - 1, newColumn)),
  });
  switch (key) {
    case "ArrowDown":
      return at(row + 1, column);
    case "ArrowUp":
      return at(row - 1, column);
    case "ArrowRight":
      return at(row, column + 1);
    case "ArrowLeft":
      return at(row, column - 1);
    case "PageDown":
      return at(row + pageRows, column);
    case "PageUp":
      return at(row - pageRows, column);
    case "Home":
      return at(ctrl ? 0 : row, 0);
    case "End":
      return at(ctrl ? rows - 1 : row, columns - 1);
    default:
      return null;
  }
}
