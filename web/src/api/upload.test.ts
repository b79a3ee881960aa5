import { expect, test } from "vitest";
import { blocksOf, dataTypeOf } from "./upload";

test("a file is cut into blocks without a gap", () => {
  expect(blocksOf(10, 4)).toEqual([
    [0, 4],
    [4, 8],
    [8, 10],
  ]);
  expect(blocksOf(8, 4)).toHaveLength(2);
  expect(blocksOf(0, 4)).toEqual([[0, 0]]);
});

test("a file's type is that of its ending", () => {
  expect(dataTypeOf("Rows.CSV")).toBe("GenericCSV");
  expect(dataTypeOf("archive.tar.gz")).toBeUndefined();
});
