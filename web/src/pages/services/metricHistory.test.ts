import { expect, test } from "vitest";
import { metricHistory, placeSpans } from "./metricHistory";
import type { Change, ModelVersion } from "./shapes";

const change = (Sequence: number, From: string | null, To: string | null, more: Partial<Change> = {}) =>
  ({ Sequence, At: `2026-01-0${Sequence}T00:00:00Z`, Action: "update", Why: "", By: "", Resources: [{ Name: "M", From, To }], ...more }) as Change;
const version = (Version: number, Model: string, AUC: number) => ({ Version, Model, Metrics: { AUC } }) as unknown as ModelVersion;
const versions = [version(1, "aaaa", 0.9), version(2, "bbbb", 0.95)];
const now = Date.parse("2026-01-05T00:00:00Z");

test("each version answers until the next takes over, and the last until now", () => {
  const found = metricHistory([change(1, null, "aaaa"), change(2, "aaaa", "bbbb"), change(3, "bbbb", "cccc1234")], versions, "M", now)!;
  expect(found.metric).toBe("AUC");
  expect(found.spans.map(({ word, value, inUse }) => [word, value, inUse])).toEqual([
    ["v1", 0.9, false],
    ["v2", 0.95, false],
    ["cccc", null, true],
  ]);
  expect(found.spans.map(({ from, to }) => (to - from) / 86_400_000)).toEqual([1, 1, 2]);
});

test("what was undone is told, and changes that swap nothing are left out", () => {
  const back = change(3, "bbbb", "aaaa", { Action: "rollback", Why: "undoes change 2" });
  const kept = change(4, "aaaa", "aaaa");
  const found = metricHistory([change(1, null, "aaaa"), change(2, "aaaa", "bbbb"), back, kept], versions, "M", now)!;
  expect(found.spans.map(({ sequence, undone }) => [sequence, undone])).toEqual([[1, false], [2, true], [3, false]]);
});

test("there is nothing to draw without two measured versions", () => {
  expect(metricHistory([change(1, null, "aaaa")], versions, "M", now)).toBeUndefined();
  expect(metricHistory([change(1, null, "aaaa"), change(2, "aaaa", "bbbb")], [], "M", now)).toBeUndefined();
  expect(metricHistory([change(1, null, "aaaa"), change(2, "aaaa", "bbbb")], versions, "Other", now)).toBeUndefined();
});

test("a version of a minute can be seen beside one of a year", () => {
  const { spans } = metricHistory([change(1, null, "aaaa"), change(2, "aaaa", "bbbb", { At: "2026-01-01T00:01:00Z" })], versions, "M", now)!;
  const [[start, turn], [, end]] = placeSpans(spans, 400) as [[number, number], [number, number]];
  expect([start, Math.round(turn), Math.round(end)]).toEqual([0, 20, 400]);
  expect(placeSpans(spans, 10).at(-1)![1]).toBeCloseTo(10);
});
