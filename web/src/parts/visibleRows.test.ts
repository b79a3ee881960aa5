import { expect, test } from "vitest";
import { visibleRows } from "./visibleRows";

test("a list draws what is seen and a dozen rows on both sides", () => {
  expect(visibleRows(40_000, 400, 40, 10_000)).toEqual({ first: 988, last: 1022 });
});

test("a list draws nothing before its first and behind its last row", () => {
  expect(visibleRows(0, 400, 40, 10_000)).toEqual({ first: 0, last: 22 });
  expect(visibleRows(399_600, 400, 40, 10_000)).toEqual({ first: 9978, last: 10_000 });
  expect(visibleRows(0, 400, 40, 3)).toEqual({ first: 0, last: 3 });
});

test("a list that became shorter than what it was scrolled to draws nothing twice and nothing that is not there", () => {
  expect(visibleRows(40_000, 400, 40, 0)).toEqual({ first: 0, last: 0 });
  expect(visibleRows(40_000, 400, 40, 5)).toEqual({ first: 5, last: 5 });
});
