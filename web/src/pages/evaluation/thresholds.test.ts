import { expect, test } from "vitest";
import { area } from "../../charts/curve";
import type { ThresholdCurve } from "./evaluated";
import {
  averagePrecision, bestThreshold, costOf, countsAt, curveOf, liftPoints, placeAt, precisionRecallPoints, ratesOf,
  rocPoints, roundBetween, scoreBins, stepped, thresholdOf,
} from "./thresholds";

// The example of scikit-learn's documentation: truth 0 0 1 1, scores .1 .4 .35 .8; AUC 0.75, average precision 0.83.
const curve: ThresholdCurve = {
  thresholds: [0.8, 0.4, 0.35, 0.1], truePositives: [1, 1, 2, 2], falsePositives: [0, 1, 1, 2], positives: 2,
  negatives: 2, exact: true,
};

test("counts at a threshold are those of the rows with a greater score", () => {
  expect(countsAt(curve, 0.4)).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 1, trueNegatives: 2 });
  expect(countsAt(curve, 0.399)).toEqual({ truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 });
  expect(countsAt(curve, 0).falseNegatives).toBe(0);
  expect(countsAt(curve, 1).truePositives).toBe(0);
});

test("areas are scikit-learn's", () => {
  expect(area(rocPoints(curve))).toBeCloseTo(0.75);
  expect(averagePrecision(curve)).toBeCloseTo(0.8333, 4);
});

test("the curves end where they must", () => {
  expect(rocPoints(curve)[0]).toEqual({ x: 0, y: 0 });
  expect(rocPoints(curve).at(-1)).toEqual({ x: 1, y: 1 });
  expect(precisionRecallPoints(curve).at(-1)).toEqual({ x: 1, y: 0.5 });
  expect(liftPoints(curve)[0]).toEqual({ x: 0.25, y: 2 });
  expect(liftPoints(curve).at(-1)).toEqual({ x: 1, y: 1 });
});

test("each place of the curve has a threshold that leads back to it", () => {
  for (let place = 0; place <= 4; place++) expect(placeAt(curve, thresholdOf(curve, place))).toBe(place);
});

test("the roundest number between two scores", () => {
  expect(roundBetween(0.4, 0.8)).toBe(0.6);
  expect(roundBetween(0.4321, 0.4329)).toBe(0.4325);
  expect(roundBetween(0.123456789012, 0.123456789013)).toBeGreaterThanOrEqual(0.123456789012);
  expect(roundBetween(0.8, Infinity)).toBe(1);
  expect(roundBetween(-Infinity, 0.1)).toBe(0);
});

test("the lowest cost moves down when a miss is dear", () => {
  const cost = (miss: number) => bestThreshold(curve, (counts) => -costOf(counts, miss));
  expect(cost(10)).toBeLessThan(0.35);
  expect(cost(0.1)).toBeGreaterThanOrEqual(0.4);
  expect(costOf(countsAt(curve, 0.5), 5)).toBe(125);
});

test("nothing is divided by nothing", () => {
  const none: ThresholdCurve = { thresholds: [], truePositives: [], falsePositives: [], positives: 0, negatives: 0, exact: true };
  expect(ratesOf(countsAt(none, 0.5))).toEqual({ accuracy: 0, precision: 0, recall: 0, f1: 0, falsePositiveRate: 0 });
  expect(rocPoints(none)).toHaveLength(1);
  expect(averagePrecision(none)).toBe(0);
});

test("rows by score", () => {
  expect(scoreBins(curve, 5)).toEqual({ positive: [0, 1, 0, 0, 1], negative: [1, 0, 1, 0, 0] });
});

test("an evaluation of an earlier version is read from its histogram and says that it is not exact", () => {
  const edges = [0, 0.5, 1];
  const found = curveOf({
    scoreHistogram: { negative: { edges, counts: [3, 1] }, positive: { edges, counts: [1, 5] } },
  })!;
  expect(found.exact).toBe(false);
  expect(countsAt(found, 0.5)).toEqual({ truePositives: 5, falsePositives: 1, falseNegatives: 1, trueNegatives: 3 });
  expect(curveOf({})).toBeNull();
});

test("ten steps of a hundredth are a tenth", () => {
  let threshold = 0.2;
  for (let step = 0; step < 10; step++) threshold = stepped(threshold, 0.01);
  expect(threshold).toBe(0.3);
  expect(stepped(0.995, 0.01)).toBe(1);
});

test("100,000 scores are counted in well under a frame", () => {
  const thresholds = Array.from({ length: 100_000 }, (_, place) => 1 - place / 100_000);
  const counts = thresholds.map((_, place) => place + 1);
  const big: ThresholdCurve = { thresholds, truePositives: counts, falsePositives: counts, positives: 1e5, negatives: 1e5, exact: true };
  const start = performance.now();
  for (let step = 0; step < 1000; step++) countsAt(big, step / 1000);
  expect(performance.now() - start).toBeLessThan(200);
});
