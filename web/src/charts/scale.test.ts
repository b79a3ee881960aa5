import { expect, test } from "vitest";
import { extent, linear, nice, ticks } from "./scale";

test("a scale leads to pixels and back", () => {
  const scale = linear([10, 20], 0, 100);
  expect(scale(15)).toBe(50);
  expect(scale.invert(50)).toBe(15);
});

test("a domain of one number lies in the middle", () => {
  expect(linear([3, 3], 0, 100)(3)).toBe(50);
});

test.each([
  [[0, 1], [0, 0.25, 0.5, 0.75, 1]],
  [[0, 0.3], [0, 0.1, 0.2, 0.3]],
  [[-7, 12], [-5, 0, 5, 10]],
  [[1e6, 5e6], [1e6, 2e6, 3e6, 4e6, 5e6]],
  [[4, 4], [4]],
  [[3, 78], [20, 40, 60]],
  [[0, Infinity], []],
] as const)("ticks of %j", (domain, expected) => {
  expect(ticks(domain as unknown as [number, number])).toEqual(expected);
});

test("ticks stay few and round over twenty orders of magnitude", () => {
  for (let power = -10; power <= 10; power++) {
    const found = ticks([0, 3.7 * 10 ** power]);
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(found.length).toBeLessThanOrEqual(6);
    for (const tick of found) expect(String(tick / 10 ** power).length).toBeLessThan(20);
  }
});

test("a domain is widened to its ticks", () => {
  expect(nice([0.13, 0.87])).toEqual([0, 1]);
  expect(nice([0, 0])).toEqual([0, 1]);
  expect(nice([5, 5])).toEqual([0, 5]);
  expect(nice([-3, 98])).toEqual([-50, 100]);
});

test("the extent leaves out what is no number", () => {
  expect(extent([Number.NaN, 3, Infinity, -1])).toEqual([-1, 3]);
  expect(extent([])).toEqual([0, 1]);
});
