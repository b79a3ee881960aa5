/** Small statistics of the charts. */

/** The 95 % interval of a share of `rows` by Wilson, which keeps within 0 and 1 and is honest for few rows. */
export function shareInterval(share: number, rows: number): [low: number, high: number] {
  if (rows <= 0) return [0, 1];
  const z = 1.959964;
  const middle = (share + (z * z) / (2 * rows)) / (1 + (z * z) / rows);
  const half = (z / (1 + (z * z) / rows)) * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export interface FiveNumbers {
  low: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  high: number;
  rows: number;
}

/** What a box shows; null without numbers. Whiskers reach the last number within 1.5 boxes, as Tukey drew them. */
export function fiveNumbers(values: readonly number[]): FiveNumbers | null {
  const ordered = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (ordered.length === 0) return null;
  const [lowerQuartile, median, upperQuartile] = [0.25, 0.5, 0.75].map((share) => quantile(ordered, share));
  const reach = 1.5 * (upperQuartile! - lowerQuartile!);
  return {
    low: ordered.find((value) => value >= lowerQuartile! - reach)!,
    lowerQuartile: lowerQuartile!,
    median: median!,
    upperQuartile: upperQuartile!,
    high: ordered.findLast((value) => value <= upperQuartile! + reach)!,
    rows: ordered.length,
  };
}

function quantile(ordered: readonly number[], share: number): number {
  const place = share * (ordered.length - 1);
  const low = ordered[Math.floor(place)]!;
  return low + (place % 1) * (ordered[Math.ceil(place)]! - low);
}

/** Pearson's correlation; NaN if one side does not vary. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, place) => {
    const [dx, dy] = [x - middleX, ys[place]! - middleY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy);
}

/** One of five shades of heat for a share from 0 to 1. */
export function shade(share: number): 0 | 1 | 2 | 3 | 4 {
  if (!(share > 0)) return 0;
  return Math.min(4, Math.ceil(share * 5) - 1) as 0 | 1 | 2 | 3 | 4;
}

/** Counts of numbers in `bins` equal bins of the range. */
export function histogram(values: readonly number[], [low, high]: readonly [number, number], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    const place = high === low ? 0 : Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[place]! += 1;
  }
  return counts;
}
