import { expect, test } from "vitest";
import { readHistory } from "./history";
import type { Change, ModelVersion } from "./shapes";

const versions = [
  { Version: 1, Model: "aa" },
  { Version: 2, Model: "bb" },
] as ModelVersion[];

const change = (Sequence: number, Action: string, From: string | null, To: string | null, Why = ""): Change => ({
  Sequence,
  Action,
  Why,
  At: "2026-11-27T02:21:05Z",
  By: "workspace token (primary)",
  Resources: [{ Name: "m", From, To }],
});

test("the latest change stands first, says which version took over, and is the one in use", () => {
  const found = readHistory([change(1, "create", null, "aa"), change(2, "update", "aa", "bb", "UpdateResource")], versions);
  expect(found.map(({ title }) => title)).toEqual(["Version 2 took over from 1", "Started with version 1"]);
  expect(found.map(({ inUse }) => inUse)).toEqual([true, false]);
  expect(found[0]?.why).toBe("");
});

test("what was rolled back is marked and cannot be undone twice", () => {
  const found = readHistory(
    [change(1, "create", null, "aa"), change(2, "update", "aa", "bb"), change(3, "rollback", "bb", "aa", "undoes change 2")],
    versions,
  );
  expect(found.map(({ title, undone, canUndo }) => [title, undone, canUndo])).toEqual([
    ["Rolled back to version 1", false, true],
    ["Version 2 took over from 1", true, false],
    ["Started with version 1", false, false],
  ]);
});

test("a model that no version is of is named by its hash, and a change of settings has no version", () => {
  const settings: Change = { ...change(2, "settings", null, null), Resources: [] };
  const found = readHistory([change(1, "update", "aa", "0123456789abcdef"), settings], versions);
  expect(found.map(({ title, canUndo }) => [title, canUndo])).toEqual([
    ["Settings", false],
    ["Model 01234567 took over from 1", true],
  ]);
});
