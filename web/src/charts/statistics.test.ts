import { expect, test } from "vitest";
import { correlation, fiveNumbers, histogram, shade, shareInterval } from "./statistics";

test("the interval of a share is Wilson's", () => {
  const [low, high] = shareInterval(0.1, 10);
  expect(low).toBeCloseTo(0.0179, 3);
  expect(high).toBeCloseTo(0.4042, 3);
  expect(shareInterval(0, 5)[0]).toBeCloseTo(0);
  expect(shareInterval(0.5, 0)).toEqual([0, 1]);
});

test("five numbers, with an outlier outside the whiskers", () => {
  expect(fiveNumbers([1, 2, 3, 4, 100, Number.NaN])).toEqual({
    low: 1, lowerQuartile: 2, median: 3, upperQuartile: 4, high: 4, rows: 5,
  });
  expect(fiveNumbers([])).toBeNull();
});

test("correlation", () => {
  expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  expect(correlation([1, 1], [1, 2])).toBeNaN();
});

test("five shades", () => {
  expect([0, 0.01, 0.2, 0.5, 0.81, 1, Number.NaN].map(shade)).toEqual([0, 0, 0, 2, 4, 4, 0]);
});

test("a histogram keeps the upper end", () => {
  expect(histogram([0, 1, 5, 10, 11, Number.NaN], [0, 10], 2)).toEqual([2, 2]);
  expect(histogram([3, 3], [3, 3], 4)).toEqual([2, 0, 0, 0]);
});
