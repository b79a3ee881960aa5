import { describe, expect, test } from "vitest";
import type { Cell, Model, Row } from "../../../scoring";
import { columnCurve, type Curve, mainScore } from "./curves";
import type { FormColumn } from "./form";

/** A model whose score is the age over 100, and half of it in Lima. */
const model: Model = {
  task: "two-class",
  learner: "",
  inputs: [],
  outputs: [],
  score: () => [],
  scores: (rows: readonly Row[]): Cell[][] =>
    rows.map(({ age, city }) => ["yes", (Number(age) / 100) * (city === "Lima" ? 0.5 : 1)]),
};
const age: FormColumn = {
  Name: "age",
  Type: "Int32",
  Kind: "integer",
  Used: true,
  Values: [],
  ValueCount: 0,
  Minimum: 20,
  Maximum: 30,
  Typical: 25,
  Format: null,
};
const city: FormColumn = { ...age, Name: "city", Kind: "category", Values: ["Lima", "Oslo"], ValueCount: 2 };

const curveOf = (...given: Parameters<typeof columnCurve>) => columnCurve(...given) as Curve | null;

describe("curves", () => {
  test("are the same from a model that answers later", async () => {
    const later = { ...model, score: async () => [], scores: async (rows: readonly Row[]) => model.scores(rows) };
    const row = { age: 1, city: "Oslo" };
    expect(await columnCurve(later, row, age, 1)).toEqual(curveOf(model, row, age, 1));
  });

  test("run over a number's range, whole numbers once each", () => {
    const curve = curveOf(model, { age: 1, city: "Oslo" }, age, 1)!;
    expect(curve.points.map(({ x }) => x)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    expect(curve.points[5]).toEqual({ x: 25, score: 0.25 });
  });

  test("have each category", () => {
    expect(curveOf(model, { age: 40, city: "Oslo" }, city, 1)!.values).toEqual([
      { value: "Lima", score: 0.2 },
      { value: "Oslo", score: 0.4 },
    ]);
  });

  test("are not drawn without a range, or for what the model does not take", () => {
    expect(curveOf(model, {}, { ...age, Minimum: null }, 1)).toBeNull();
    expect(curveOf(model, {}, { ...age, Used: false }, 1)).toBeNull();
    expect(curveOf(model, {}, { ...age, Maximum: 20 }, 1)).toBeNull();
    expect(curveOf(model, {}, { ...age, Kind: "text" }, 1)).toBeNull();
  });
});

describe("the score that curves show", () => {
  test.each([
    ["two-class", [], ["yes", 0.7], 1],
    ["regression", [], [12.5], 0],
    ["multiclass", ["a", "b", "c"], [0.1, 0.7, 0.2, "b"], 1],
    ["multiclass", ["a", "b"], [0.1, 0.7, null], null],
    ["quantile-regression", ["0.1", "0.5", "0.9"], [1, 2, 3], 1],
    ["clustering", ["0", "1"], [1, 2.5, 0.5], 2],
  ] as [string, string[], Cell[], number | null][])("of %s", (task, labels, answer, place) => {
    expect(mainScore({ ...model, task }, labels, answer)).toBe(place);
  });
});
