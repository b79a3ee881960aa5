import { describe, expect, test } from "vitest";
import { readPasted } from "./paste";

const columns = ["age", "city"];

describe("a pasted table", () => {
  test.each([
    ["CSV", "age,city\n30,Lima\n,Oslo\n", columns, [["30", "Lima"], ["", "Oslo"]]],
    ["a spreadsheet's", "city\tage\r\nLima, Peru\t30\r\n", ["city", "age"], [["Lima, Peru", "30"]]],
    ["semicolons", "age;city\n1,5;Lima", columns, [["1,5", "Lima"]]],
    ["quotes", 'age,city\n30,"Li""ma,\nPeru"', columns, [["30", 'Li"ma,\nPeru']]],
    ["no header", "30,Lima\n31,Oslo", columns, [["30", "Lima"], ["31", "Oslo"]]],
    ["unknown names", "a,b,c\n1,2,3", ["a", "b", "c"], [["1", "2", "3"]]],
    ["nothing", "\n\n", [], []],
  ])("%s", (_, text, names, rows) => {
    expect(readPasted(text, columns)).toEqual({ names, rows });
  });
});
