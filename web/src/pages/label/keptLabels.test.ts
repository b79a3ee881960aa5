import { expect, test } from "vitest";
import type { TableRows } from "../dataset/table";
import { printed, rowPrint, stillValid } from "./keptLabels";

const table = (values: TableRows["values"], columns = ["a", "label"]): TableRows => ({
  rows: values.length, rowsKept: values.length, offset: 10, columns: columns.map((name) => ({ name, type: "String" })), values,
});
const before = table([["x", null], ["y", null], ["z", null]]);
const kept = printed(new Map([[10, "yes"], [11, "no"], [12, "yes"]]), before, "label");

test("labels stay with rows that are as they were", () => {
  expect(stillValid(kept, before, "label")).toEqual({ labels: new Map([[10, "yes"], [11, "no"], [12, "yes"]]), lost: 0 });
});

test("a row that was changed, one that is gone, and one that somebody else labelled otherwise are left out", () => {
  const after = table([["x", "other"], ["changed", null]]);
  expect(stillValid(kept, after, "label")).toEqual({ labels: new Map(), lost: 3 });
  expect(stillValid(kept, table([["x", "yes"], ["y", null], ["z", null]]), "label").lost).toBe(0);
});

test("a column that another person's labels added is no change of the rows", () => {
  const without = table([["x"], ["y"], ["z"]], ["a"]);
  expect(stillValid(printed(new Map([[10, "yes"]]), without, "label"), before, "label").lost).toBe(0);
});

test("prints differ where cells are only moved", () => {
  expect(rowPrint(["ab", "c"], -1)).not.toBe(rowPrint(["a", "bc"], -1));
});
