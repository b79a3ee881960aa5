import { expect, test } from "vitest";
import { bestMatches } from "./matching";

const names = (typed: string, all: string[]) => bestMatches(typed, all.map((name) => ({ name })), 3).map(({ name }) => name);

test("the start of a name counts more than the start of a word, and that more than its middle", () => {
  expect(names("in", ["main", "bike in rain", "Income"])).toEqual(["Income", "bike in rain", "main"]);
});

test("all words must fit, in any order, and what is typed is text, not a pattern", () => {
  expect(names("exp. income", ["Income [predictive exp.]", "Income"])).toEqual(["Income [predictive exp.]"]);
  expect(names(".*", ["Income"])).toEqual([]);
});
