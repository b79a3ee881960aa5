import { expect, test } from "vitest";
import { byUnsureness, unsureness } from "./unsure";

test("two classes: a half is most unsure", () => {
  const found = unsureness({ ColumnNames: ["age", "Scored Labels", "Scored Probabilities"], Values: [["1", "a", "0.9"], ["2", "a", "0.5"], ["3", "b", null]] })!;
  expect(found[0]).toBeCloseTo(0.2);
  expect(found.slice(1)).toEqual([1, 1]);
});

test("several classes: where the best is weak", () => {
  const names = ['Scored Probabilities for Class "a"', 'Scored Probabilities for Class "b"', 'Scored Probabilities for Class "c"'];
  expect(unsureness({ ColumnNames: names, Values: [["0.4", "0.3", "0.3"], ["1", "0", "0"]] })).toEqual([0.6, 0]);
  expect(unsureness({ ColumnNames: ["Scored Labels"], Values: [["1"]] })).toBeNull();
});

test("the most unsure comes first", () => {
  expect(byUnsureness([10, 11, 12, 13], [0.1, 0.9, 0.1, 0.5])).toEqual([11, 13, 10, 12]);
});
