import { expect, test } from "vitest";
import { classKeys, classOfKey, type Labelling, startLabelling, type Step, step } from "./labelling";

const all = (...steps: Step[]): Labelling => steps.reduce(step, startLabelling([7, 3, 5]));
const give = (label: string): Step => ({ kind: "label", label });

test("a label goes to the row that is shown, and the next is shown", () => {
  const state = all(give("yes"), { kind: "skip" }, give("no"));
  expect([...state.labels]).toEqual([[7, "yes"], [5, "no"]]);
  expect(state.at).toBe(3);
});

test("after the last row nothing is labelled", () => {
  expect(all({ kind: "skip" }, { kind: "skip" }, { kind: "skip" }, { kind: "skip" }, give("yes")).labels.size).toBe(0);
});

test("undo takes back one label after another and shows its row", () => {
  const state = all(give("a"), give("b"), { kind: "back" }, { kind: "back" }, give("c"), { kind: "undo" });
  expect([...state.labels]).toEqual([[7, "a"], [3, "b"]]);
  expect(state.at).toBe(0);
  const none = all(give("a"), give("b"), { kind: "undo" }, { kind: "undo" }, { kind: "undo" });
  expect(none.labels.size).toBe(0);
  expect(none.at).toBe(0);
});

test("what was written is no longer taken back, and what was given meanwhile stays", () => {
  const state = all(give("a"), give("b"), { kind: "written", rows: [7] });
  expect([...state.labels]).toEqual([[3, "b"]]);
  expect(step(step(state, { kind: "undo" }), { kind: "undo" }).labels.size).toBe(0);
});

test("labels of before are kept beside those of now, and these win", () => {
  const state = step(all(give("new")), { kind: "restore", labels: new Map([[7, "old"], [9, "kept"]]) });
  expect([...state.labels]).toEqual([[7, "new"], [9, "kept"]]);
});

test("classes have numbers and letters as keys, but none that does something else", () => {
  expect(classKeys(["malignant", "benign", "maybe", "Other"])).toEqual([["1"], ["2"], ["3"], ["4", "o"]]);
  expect(classOfKey(["cat", "dog"], "D")).toBe("dog");
  expect(classOfKey(["cat", "dog"], "2")).toBe("dog");
  expect(classOfKey(["cat", "dog"], "x")).toBeUndefined();
});

test("digits as classes are typed as they are", () => {
  const digits = [..."0123456789"];
  expect(classOfKey(digits, "0")).toBe("0");
  expect(classOfKey(digits, "9")).toBe("9");
});
