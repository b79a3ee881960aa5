import { expect, test } from "vitest";
import { fileName, toCsv } from "./csv";

test("cells with commas, quotes and line ends are quoted, missing ones are empty", () => {
  const text = toCsv({ columns: ["a", 'b "quoted", here'], rows: [[1.5, "x\ny"], [null, Number.NaN]] });
  expect(text).toBe('a,"b ""quoted"", here"\r\n1.5,"x\ny"\r\n,\r\n');
});

test("a column name is no formula, a negative number stays one", () => {
  expect(toCsv({ columns: ["=cmd()"], rows: [["-5"], ["@x"], [-5]] })).toBe("'=cmd()\r\n-5\r\n'@x\r\n-5\r\n");
});

test("a file name has no path in it", () => {
  expect(fileName("../../<b>ROC</b> of Größe", "svg")).toMatch(/^b-roc-b-of-gro-?sse\.svg$|^b-roc-b-of-gro-?ße\.svg$/);
  expect(fileName("///", "csv")).toBe("chart.csv");
});
