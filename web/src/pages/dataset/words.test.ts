import { expect, test } from "vitest";
import type { ColumnSummary, TableSummary } from "./table";
import { cellText, columnFigure, missingWords, rangeWords, tableSentence, tableWarnings } from "./words";

const column = (given: Partial<ColumnSummary>): ColumnSummary => ({ name: "c", type: "Double", missing: 0, unique: 5, ...given });

test.each([
  [column({ min: 17, max: 1484705 }), "17 to 1,484,705"],
  [column({ type: "String", top: [{ value: "Private", count: 70 }] }), "Private 70\u202f%"],
  [column({ type: "String", unique: 100, top: [{ value: "x", count: 1 }] }), "100 values, all different"],
  [column({ missing: 100 }), "all missing"],
  [column({ type: "DateTime", min: 0, max: 86400 }), "1970-01-01 00:00 to 1970-01-02 00:00"],
])("the range of a column", (given, words) => {
  expect(rangeWords(given, 100)).toBe(words);
});

test("a time beyond all calendars is shown as its number", () => {
  expect(columnFigure(1e20, "time")).toBe("1.00e20");
});

test("missing cells, numbers and texts", () => {
  expect([null, 280464, 0.123456789, "<b>", true].map(cellText)).toEqual(["missing", "280,464", "0.123457", "<b>", "true"]);
  expect(missingWords(column({ missing: 56 }), 1000)).toBe("5.6\u202f% missing");
  expect(missingWords(column({}), 0)).toBe("none missing");
});

test("what a table's reader should know, with an end", () => {
  const summary: TableSummary = {
    kind: "dataset", rows: 100, columnCount: 3, preview: [], rowsKept: 100, columnsKept: 3, size: 2048, complete: false,
    columns: [column({ name: "a", missing: 100 }), column({ name: "b", unique: 1 }), column({ name: "c", missing: 7 }), column({ missing: 1 })],
  };
  expect(tableWarnings(summary).map(({ column: name }) => name)).toEqual(["a", "b", "c"]);
  expect(tableWarnings(summary, 1)).toHaveLength(2);
  expect(tableWarnings({ ...summary, warnings: ["Column 'a': is empty."] }).map(({ column: name }) => name)).toEqual([undefined, "b", "c"]);
  expect(tableSentence(summary)).toBe("100 rows, 3 columns, 2 KB. Only the beginning of this large file was looked at.");
});
