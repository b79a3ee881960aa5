import { expect, test } from "vitest";
import { nearest } from "./nearest";

const columns = ["age", "capital-gain", "capital-loss", "hours-per-week", "income"];

test.each([
  ["capital_gain", "capital-gain"],
  ["Capital Gain", "capital-gain"],
  ["incmoe", "income"],
  ["hours", undefined],
  ["salary", undefined],
  ["x".repeat(100_000), undefined],
])("the nearest column of %s is %s", (name, found) => {
  expect(nearest(name, columns)).toBe(found);
});
