import { expect, test } from "vitest";
import { readKept, withOne } from "./dismissed";

test("what is put aside is kept once, the latest last, and not without end", () => {
  expect(withOne(["a", "b"], "a")).toEqual(["b", "a"]);
  const many = Array.from({ length: 300 }, (_, place) => String(place));
  expect(withOne(many, "new")).toHaveLength(300);
  expect(withOne(many, "new").at(-1)).toBe("new");
});

test("what cannot be read is nothing", () => {
  for (const text of [null, "", "{", '{"a":1}', "3"]) expect(readKept(text)).toEqual([]);
  expect(readKept('["a",1,null,"b"]')).toEqual(["a", "b"]);
});
