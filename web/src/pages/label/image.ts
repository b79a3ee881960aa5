/** Rows that are images: numeric columns of which each is a point, row by row. */

export interface ImageShape {
  /** The names of the columns, in the order of the points. */
  columns: string[];
  width: number;
  height: number;
}

const FEWEST = 16;

/** The longest run of numeric columns whose number is a square of at least 16; null if there is none. */
export function guessImage(columns: readonly { name: string; isNumber: boolean }[], label: string): ImageShape | null {
  let best: string[] = [];
  let run: string[] = [];
  for (const { name, isNumber } of [...columns, { name: "", isNumber: false }]) {
    if (isNumber && name !== label) run.push(name);
    else {
      if (run.length > best.length) best = run;
      run = [];
    }
  }
  const side = Math.round(Math.sqrt(best.length));
  if (best.length < FEWEST || side * side !== best.length) return null;
  return { columns: best, width: side, height: side };
}

/** The widths that a number of points can have. */
export function widths(points: number): number[] {
  const found: number[] = [];
  for (let width = 2; width <= points / 2; width++) if (points % width === 0) found.push(width);
  return found;
}

/** Grey levels from 0 to 255 of points between the smallest and the largest of all rows; missing ones are 0. */
export function greys(points: readonly (number | null)[], low: number, high: number): Uint8ClampedArray {
  const range = high > low ? high - low : 1;
  return Uint8ClampedArray.from(points, (point) => (point === null || !Number.isFinite(point) ? 0 : ((point - low) / range) * 255));
}
