import { expect, test } from "vitest";
import { copyName } from "./naming";

test("copies are numbered, also those of a copy, and their names are as long as names may be", () => {
  expect([1, 2, 12].map((number) => copyName("Churn", number))).toEqual(["Churn copy", "Churn copy 2", "Churn copy 12"]);
  expect([copyName("Churn copy", 2), copyName("Churn copy 2", 3)]).toEqual(["Churn copy 2", "Churn copy 3"]);
  expect(copyName("x".repeat(120), 2)).toHaveLength(120);
  expect(copyName("x".repeat(120), 2).endsWith("x copy 2")).toBe(true);
});
