/** How wide each card is, so that no row of cards has a hole and no card stands alone. */

export function spans(count: number, columns: number): number[] {
  const widths = new Array<number>(count).fill(1);
  const missing = (columns - (count % columns)) % columns;
  // The first cards hold the curves, which gain most from room.
  for (let left = missing, place = 0; left > 0 && count > 0; left--, place = (place + 1) % count) {
    if (widths[place]! < columns) widths[place]! += 1;
  }
  return widths;
}

/** Columns of cards at a width of the window, as the design has them. */
export function columnsAt(width: number): number {
  if (width <= 720) return 1;
  if (width < 1180) return 2;
  return width < 1900 ? 3 : 4;
}
