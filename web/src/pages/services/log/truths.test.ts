import { describe, expect, it } from "vitest";
import { partsOf, readTruths } from "./truths";

describe("files of truths", () => {
  it("are read with any order of columns, quotes and tabs", () => {
    expect(readTruths('\ufeffvalue,ID,at\r\n"yes, sure",a/0,2026-05-02\nno,a/1,\n')).toEqual([
      { Id: "a/0", Value: "yes, sure", At: "2026-05-02" },
      { Id: "a/1", Value: "no" },
    ]);
    expect(readTruths("id\tvalue\na/0\tno\n")).toEqual([{ Id: "a/0", Value: "no" }]);
  });

  it("take a truth back with an empty value", () => {
    expect(readTruths("id,value\na/0,\na/1\n")).toEqual([{ Id: "a/0", Value: null }, { Id: "a/1", Value: null }]);
  });

  it("say what is wrong before anything is sent", () => {
    expect(() => readTruths("key,label\na,b\n")).toThrow("columns id and value");
    expect(() => readTruths("id,value\na/0,yes\n,no\n")).toThrow("Row 2 has no id");
  });

  it("are sent in parts", () => {
    expect(partsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(partsOf([])).toEqual([]);
  });
});
