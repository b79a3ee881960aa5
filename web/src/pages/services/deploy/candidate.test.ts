import { expect, it } from "vitest";
import type { Choice } from "../update/choices";
import { candidateOf, keyDraftOf, keyOf, keyProblem, keyWords } from "./candidate";

const choice = (name: string): Choice => ({ key: name, name, note: "", at: "", inUse: false, location: { RelativeLocation: "a.ilearner" } });

it("names registered versions by their number and files by where they are", () => {
  expect(candidateOf({ a: choice("Version 13"), b: choice("New model"), c: undefined })).toEqual([
    { Name: "a", Version: 13 },
    { Name: "b", Location: { RelativeLocation: "a.ilearner" } },
  ]);
});

it("reads and writes keys", () => {
  for (const key of [{ Header: "x-customer" }, { Column: "city" }]) expect(keyOf(keyDraftOf(key))).toEqual(key);
  expect(keyOf(keyDraftOf(null))).toEqual({});
  expect(keyWords({ Column: "city" })).toContain("city");
});

it("says what a key lacks", () => {
  expect(keyProblem({ kind: "row", name: "" })).toBeUndefined();
  expect(keyProblem({ kind: "header", name: "x y" })).toContain("'x y' was typed");
  expect(keyProblem({ kind: "column", name: " " })).toContain("column");
});
