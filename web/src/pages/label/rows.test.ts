import { expect, test } from "vitest";
import type { TableRows } from "../dataset/table";
import { cellsOf, joined, numbersOf, onlyRows, withRows } from "./rows";

const part = (numbers: number[], etag = "1"): TableRows => ({
  rows: 9, rowsKept: 9, offset: 0, columns: [{ name: "a", type: "Int32" }], values: numbers.map((row) => [row * 10]), numbers, etag,
});

test("a row is found by its number, wherever it stands", () => {
  expect(cellsOf(part([7, 2, 5]), 2)).toEqual([20]);
  expect(cellsOf(part([7, 2, 5]), 3)).toBeUndefined();
  const plain: TableRows = { rows: 9, rowsKept: 9, offset: 4, columns: [], values: [["x"], ["y"]] };
  expect([cellsOf(plain, 5), cellsOf(plain, 3), cellsOf(plain, 6)]).toEqual([["y"], undefined, undefined]);
  expect(numbersOf(plain)).toEqual([4, 5]);
});

test("parts become one table unless the dataset was changed between them", () => {
  expect(joined([part([1, 2]), part([8])])).toMatchObject({ numbers: [1, 2, 8], values: [[10], [20], [80]] });
  expect(joined([part([1]), part([8], "2")])).toBeNull();
});

test("rows of before are looked up behind those of now", () => {
  const both = withRows(part([1], "2"), part([8], "1"));
  expect([cellsOf(both, 8), cellsOf(both, 1), both.etag]).toEqual([[80], [10], "2"]);
});

test("some rows in an order of their own", () => {
  expect(onlyRows(part([1, 2, 8]), [8, 1, 5])).toMatchObject({ numbers: [8, 1], values: [[80], [10]] });
});
