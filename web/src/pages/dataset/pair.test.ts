import { expect, test } from "vitest";
import { pairOf } from "./pair";
import type { TableRows } from "./table";

const table: TableRows = {
  rows: 4, rowsKept: 4, offset: 0,
  columns: [{ name: "age", type: "Int32" }, { name: "pay", type: "Double" }, { name: "city", type: "String" }, { name: "job", type: "String" }],
  values: [[20, 1, "Oslo", "a"], [30, 2, "Oslo", "b"], [40, null, "Lima", "a"], [50, 4, null, "a"]],
};

test("two numbers are points, without the rows that miss one", () => {
  expect(pairOf(table, "age", "pay")).toEqual({ kind: "points", points: [{ x: 20, y: 1, row: 0 }, { x: 30, y: 2, row: 1 }, { x: 50, y: 4, row: 3 }] });
});

test("a number and a text are boxes whichever comes first", () => {
  for (const [a, b] of [["age", "city"], ["city", "age"]] as const) {
    const pair = pairOf(table, a, b);
    expect(pair).toMatchObject({ kind: "boxes", group: "city", number: "age" });
    if (pair.kind === "boxes") expect(pair.boxes.map(({ label, numbers }) => [label, numbers.median])).toEqual([["Oslo", 25], ["Lima", 40]]);
  }
});

test("two texts are counts", () => {
  expect(pairOf(table, "job", "city")).toEqual({ kind: "heat", rows: ["a", "b"], columns: ["Oslo", "Lima"], counts: [[1, 1], [1, 0]] });
});

test("a column against itself, one that is not there, and only missing cells are nothing", () => {
  expect(pairOf(table, "age", "age").kind).toBe("none");
  expect(pairOf(table, "age", "no").kind).toBe("none");
  expect(pairOf({ ...table, values: [[null, 1, null, null]] }, "age", "pay").kind).toBe("none");
});
