import type { Point } from "../../charts/curve";
import type { Details, ThresholdCurve } from "./evaluated";

/** The four numbers of a confusion matrix at a threshold. */
export interface Counts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * The curve of an evaluation. Those of earlier versions of the app hold no counts: theirs are made of the histogram of
 * scores, which is right at its edges only, and said not to be exact.
 */
export function curveOf({ curve, scoreHistogram }: Details): ThresholdCurve | null {
  if (curve) return curve;
  if (!scoreHistogram) return null;
  const { negative, positive } = scoreHistogram;
  const found: ThresholdCurve = {
    thresholds: [], truePositives: [], falsePositives: [], positives: 0, negatives: 0, exact: false,
  };
  for (let bin = positive.counts.length - 1; bin >= 0; bin--) {
    found.positives += positive.counts[bin]!;
    found.negatives += negative.counts[bin] ?? 0;
    // The middle: rows of the bin count from there down.
    found.thresholds.push((positive.edges[bin]! + positive.edges[bin + 1]!) / 2);
    found.truePositives.push(found.positives);
    found.falsePositives.push(found.negatives);
  }
  return found;
}

/** How many of the curve's thresholds are greater than a threshold: rows of these scores are said to be positive. */
export function placeAt({ thresholds }: ThresholdCurve, threshold: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! > threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function countsAt(curve: ThresholdCurve, threshold: number): Counts {
  return countsOf(curve, placeAt(curve, threshold));
}

function countsOf(curve: ThresholdCurve, place: number): Counts {
  const truePositives = place === 0 ? 0 : curve.truePositives[place - 1]!;
  const falsePositives = place === 0 ? 0 : curve.falsePositives[place - 1]!;
  return {
    truePositives,
    falsePositives,
    falseNegatives: curve.positives - truePositives,
    trueNegatives: curve.negatives - falsePositives,
  };
}

export interface Rates {
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
  falsePositiveRate: number;
}

/** Rates of counts; as the server has it, 0 where nothing was divided. */
export function ratesOf({ truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn }: Counts): Rates {
  return {
    accuracy: ratio(tp + tn, tp + fp + fn + tn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    falsePositiveRate: ratio(fp, fp + tn),
  };
}

/** What errors cost in 100 rows, in false alarms; a miss costs `miss` of them. */
export function costOf(counts: Counts, miss: number): number {
  const rows = counts.truePositives + counts.falsePositives + counts.falseNegatives + counts.trueNegatives;
  return 100 * ratio(miss * counts.falseNegatives + counts.falsePositives, rows);
}

/** The threshold with the greatest goodness: the roundest number among those that give the same counts. */
export function bestThreshold(curve: ThresholdCurve, goodness: (counts: Counts) => number): number {
  let best = 0;
  let most = -Infinity;
  for (let place = 0; place <= curve.thresholds.length; place++) {
    const found = goodness(countsOf(curve, place));
    if (found > most) [most, best] = [found, place];
  }
  return thresholdOf(curve, best);
}

/** A threshold that counts the first `place` of the curve's scores. */
export function thresholdOf({ thresholds }: ThresholdCurve, place: number): number {
  const above = place === 0 ? Infinity : thresholds[place - 1]!;
  const below = thresholds[place] ?? -Infinity;
  return roundBetween(below, above);
}

/** The number with the fewest digits from `low` on and below `high`. */
export function roundBetween(low: number, high: number): number {
  if (low === -Infinity) return high > 0 ? 0 : Math.floor(high - 1);
  if (high === Infinity) return low <= 1 ? 1 : Math.ceil(low);
  for (let digits = 0; digits < 15; digits++) {
    const scale = 10 ** digits;
    const found = Math.round(((low + high) / 2) * scale) / scale;
    if (found >= low && found < high) return found;
  }
  return low;
}

/** Points of the curve, from no row said to be positive to all of them. */
function everyPoint(curve: ThresholdCurve, point: (rates: Rates, counts: Counts) => Point): Point[] {
  return Array.from({ length: curve.thresholds.length + 1 }, (_, place) => {
    const counts = countsOf(curve, place);
    return point(ratesOf(counts), counts);
  });
}

export function rocPoints(curve: ThresholdCurve): Point[] {
  return everyPoint(curve, ({ recall, falsePositiveRate }) => ({ x: falsePositiveRate, y: recall }));
}

/** Precision by recall; without the first point, where nothing is said to be positive. */
export function precisionRecallPoints(curve: ThresholdCurve): Point[] {
  return everyPoint(curve, ({ precision, recall }) => ({ x: recall, y: precision })).slice(1);
}

/** The mean precision, each weighted by the recall that it adds, as scikit-learn has it. */
export function averagePrecision(curve: ThresholdCurve): number {
  let before = 0;
  return precisionRecallPoints(curve).reduce((sum, { x, y }) => {
    const added = (x - before) * y;
    before = x;
    return sum + added;
  }, 0);
}

/** How many times more frequent positives are among the rows with the highest scores than among all. */
export function liftPoints(curve: ThresholdCurve): Point[] {
  const rows = curve.positives + curve.negatives;
  const base = ratio(curve.positives, rows);
  return everyPoint(curve, ({ precision }, { truePositives, falsePositives }) => ({
    x: ratio(truePositives + falsePositives, rows),
    y: ratio(precision, base),
  })).slice(1);
}

export function liftAt(curve: ThresholdCurve, share: number): number {
  return liftPoints(curve).find((point) => point.x >= share)?.y ?? 1;
}

/** Rows of each class in equal bins of the score from 0 to 1. */
export function scoreBins(curve: ThresholdCurve, bins = 25): { positive: number[]; negative: number[] } {
  const found = { positive: new Array<number>(bins).fill(0), negative: new Array<number>(bins).fill(0) };
  let [true_, false_] = [0, 0];
  curve.thresholds.forEach((score, place) => {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(score * bins)));
    found.positive[bin]! += curve.truePositives[place]! - true_;
    found.negative[bin]! += curve.falsePositives[place]! - false_;
    [true_, false_] = [curve.truePositives[place]!, curve.falsePositives[place]!];
  });
  return found;
}

/** The cost at each hundredth. */
export function costPoints(curve: ThresholdCurve, miss: number): Point[] {
  return Array.from({ length: 101 }, (_, place) => ({ x: place / 100, y: costOf(countsAt(curve, place / 100), miss) }));
}

/** A threshold moved by a step, between 0 and 1, without the dust of binary fractions. */
export function stepped(threshold: number, by: number): number {
  return Math.max(0, Math.min(1, Math.round((threshold + by) * 1e6) / 1e6));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
