import { expect, test } from "vitest";
import { begunWith, nameFor, nameProblem } from "./begin";

test("the name of a dataset becomes that of its experiment, as far as names can have it", () => {
  expect(["first.csv", "a/b.c.tsv", "50 % off.csv", "no ending", ".csv", undefined].map(nameFor)).toEqual([
    "first", "a b.c", "50   off", "no ending", "", "",
  ]);
  expect(nameFor(`${"long".repeat(50)}.csv`)).toHaveLength(120);
});

test("what addresses use is no part of a name", () => {
  expect(["a/b", "a%", "..", "a?"].map((name) => nameProblem(name) !== undefined)).toEqual([true, true, true, true]);
  expect(["Tumours [training exp.]", "a.b", "<b>", ""].map(nameProblem)).toEqual([undefined, undefined, undefined, undefined]);
});

test("an experiment on a dataset reads it, whatever it is called", () => {
  const { modules } = begunWith("<b>constructor</b>.csv");
  expect(modules["Import Data"]?.properties).toEqual({ "Path to container, directory or blob": "<b>constructor</b>.csv" });
});
