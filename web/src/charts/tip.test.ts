import { expect, test } from "vitest";
import { nearestTip, nextTip } from "./tip";

const tips = [0, 50, 100].map((x) => ({ x, y: x, value: "", what: "" }));

test("the mouse finds the nearest mark", () => {
  expect(nearestTip(tips, 60, 0)).toBe(1);
  expect(nearestTip([], 1, 1)).toBe(-1);
});

test("the keyboard goes from mark to mark and stays within", () => {
  expect(nextTip("ArrowRight", -1, 3)).toBe(0);
  expect(nextTip("ArrowRight", 2, 3)).toBe(2);
  expect(nextTip("ArrowLeft", 0, 3)).toBe(0);
  expect(nextTip("End", 0, 3)).toBe(2);
  expect(nextTip("Escape", 1, 3)).toBe(-1);
  expect(nextTip("Escape", -1, 3)).toBeNull();
  expect(nextTip("a", 0, 3)).toBeNull();
  expect(nextTip("End", 0, 0)).toBeNull();
});
