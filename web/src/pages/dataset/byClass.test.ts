import { expect, test } from "vitest";
import { classColumns, classesOf, countsByClass, pointsByClass } from "./byClass";
import type { TableRows } from "./table";

const table: TableRows = {
  rows: 5, rowsKept: 5, offset: 0,
  columns: [{ name: "age", type: "Int32" }, { name: "kind", type: "String" }, { name: "at", type: "DateTime" }],
  values: [[0, "b", "1970-01-01T00:00:00Z"], [5, "a", "1970-01-01T00:00:05Z"], [10, "b", null], [null, "a", null], [7, null, "1970-01-01T00:00:10Z"]],
};

test("classes have colours by their names, missing ones too", () => {
  const { series, toneOf } = classesOf(table, "kind");
  expect(series).toEqual([{ name: "a", tone: 1 }, { name: "b", tone: 2 }, { name: "missing", tone: 3 }]);
  expect([0, 1, 4].map(toneOf)).toEqual([2, 1, 3]);
});

test("rows are counted by class and range, the last range with its end", () => {
  expect(countsByClass(table, "age", "kind", [0, 5, 10]).counts).toEqual([[0, 1], [1, 1], [0, 1]]);
  expect(countsByClass(table, "at", "kind", [0, 5, 10]).counts).toEqual([[0, 1], [1, 0], [0, 1]]);
  expect(countsByClass(table, "age", "kind", [3, 3]).counts.flat()).toEqual([0, 0, 0]);
});

test("classes that are too many share one colour", () => {
  const many: TableRows = { ...table, values: Array.from({ length: 12 }, (_, row) => [row, `k${row}`, null]) };
  const { series, toneOf } = classesOf(many, "kind");
  expect(series.at(-1)).toEqual({ name: "6 others", tone: 7 });
  expect(toneOf(11)).toBe(7);
  expect(classColumns([{ name: "id", type: "Int32", unique: 900 }, { name: "kind", type: "String", unique: 2 }])).toEqual(["kind"]);
});

test("points go to their row's class", () => {
  const found = pointsByClass(table, [{ x: 1, y: 1, row: 0 }, { x: 2, y: 2, row: 1 }], "kind");
  expect(found.map(({ name, points }) => [name, points.length])).toEqual([["a", 1], ["b", 1], ["missing", 0]]);
});
