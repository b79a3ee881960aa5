import { describe, expect, test } from "vitest";
import { agrees, type Answer, difference, serviceAnswer, shown } from "./answers";

const response = {
  Results: {
    output1: {
      value: {
        ColumnNames: ["age", "Scored Labels", "Scored Probabilities"],
        ColumnTypes: ["Int32", "String", "Double"],
        Values: [["30", "yes", "0.73"]],
      },
    },
  },
};

describe("answers", () => {
  test("of the service are the scored columns, numbers as numbers", () => {
    const answer = serviceAnswer(response, new Set(["age"]), 4);
    expect(answer).toEqual({ columns: ["Scored Labels", "Scored Probabilities"], cells: ["yes", 0.73], ms: 4 });
  });

  test("differ by their numbers, or by a text", () => {
    const one: Answer = { columns: ["a", "b"], cells: ["yes", 0.5], ms: 0 };
    expect(difference(one, { ...one, cells: ["yes", 0.25] })).toBe(0.25);
    expect(difference(one, { ...one, cells: ["no", 0.5] })).toBe(false);
    expect(difference(one, { ...one, cells: ["yes", null] })).toBe(false);
    expect(difference(one, { columns: ["b"], cells: [0.5], ms: 0 })).toBe(0);
    expect(agrees(1e-16, 0.5)).toBe(true);
    expect(agrees(1e-3, 0.5)).toBe(false);
    expect(agrees(false, 0.5)).toBe(false);
  });

  test("are shown with the digits that matter", () => {
    expect([shown(null), shown("x"), shown(1234), shown(0.7312039441234), shown(0.7312039441234, 4)]).toEqual([
      "missing",
      "x",
      "1,234",
      "0.731203944",
      "0.7312",
    ]);
  });
});
