import { expect, test } from "vitest";
import { moved } from "./cursor";

const bounds = { rows: 10_000, columns: 500, pageRows: 20 };

test.each([
  ["ArrowDown", false, { row: 6, column: 5 }],
  ["ArrowLeft", false, { row: 5, column: 4 }],
  ["PageUp", false, { row: 0, column: 5 }],
  ["PageDown", false, { row: 25, column: 5 }],
  ["Home", false, { row: 5, column: 0 }],
  ["End", true, { row: 9999, column: 499 }],
])("%s", (key, ctrl, expected) => {
  expect(moved({ row: 5, column: 5 }, key, ctrl, bounds)).toEqual(expected);
});

test("other keys stay the page's", () => {
  expect(moved({ row: 0, column: 0 }, "Tab", false, bounds)).toBeNull();
});
