import { expect, test } from "vitest";
import { area, linePath, nearest, simplify, steps } from "./curve";

test("a straight line of many points needs two", () => {
  const line = Array.from({ length: 1000 }, (_, x) => ({ x, y: 2 * x }));
  expect(simplify(line)).toEqual([line[0], line[999]]);
});

test("what is left out lies within the tolerance of what stays", () => {
  const wave = Array.from({ length: 3000 }, (_, place) => ({ x: place / 10, y: 20 * Math.sin(place / 200) }));
  const few = simplify(wave, 0.35);
  expect(few.length).toBeLessThan(200);
  for (const { x, y } of wave) {
    const right = few.findIndex((point) => point.x >= x);
    const to = few[right]!;
    const from = few[Math.max(0, right - 1)]!;
    const share = to.x === from.x ? 0 : (x - from.x) / (to.x - from.x);
    expect(Math.abs(from.y + share * (to.y - from.y) - y)).toBeLessThan(0.55);
  }
});

test("one peak among ten thousand rows stays", () => {
  const flat = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 7777 ? 50 : 0 }));
  expect(simplify(flat).some((point) => point.y === 50)).toBe(true);
});

test("a path has gaps where numbers are missing", () => {
  const path = linePath([{ x: 0, y: 0 }, { x: 1, y: Number.NaN }, { x: 2, y: 1.26 }, { x: 3, y: 2 }]);
  expect(path).toBe("M0 0M2 1.3L3 2");
});

test("steps hold each number up to the next", () => {
  expect(steps([{ x: 0, y: 1 }, { x: 1, y: 2 }, { x: 2, y: 2 }])).toEqual([
    { x: 0, y: 1 }, { x: 1, y: 1 }, { x: 1, y: 2 }, { x: 2, y: 2 },
  ]);
});

test("the area below the diagonal is a half", () => {
  expect(area([{ x: 0, y: 0 }, { x: 0.5, y: 0.5 }, { x: 1, y: 1 }])).toBe(0.5);
});

test("the nearest point", () => {
  const points = [0, 10, 20].map((x) => ({ x, y: 0 }));
  expect([-5, 4, 6, 16, 99].map((x) => nearest(points, x))).toEqual([0, 0, 1, 2, 2]);
  expect(nearest([], 1)).toBe(-1);
});
