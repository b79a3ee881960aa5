import { expect, test } from "vitest";
import { filtered, groupOf, merged, ofJob, ofPipelineRun, ofRun, progressWords, resultWords, secondsOf, type Work } from "./work";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 12, minute)).toISOString();
const status = { StatusCode: "Finished", StatusDetail: null, CreationTime: at(1), StartTime: at(2), EndTime: at(4) };
const progress = { done: 0, total: 0, step: "", rows: 0 };
const run = (more: Partial<Work> = {}): Work => ({ ...ofRun({ RunId: "r1", Experiment: "Income", Status: status, Progress: progress } as never), ...more });

test("the three kinds become one, with the pages and names that belong to each", () => {
  expect(run()).toMatchObject({ to: "/experiments/Income/runs/r1", where: "Income", state: "Finished", path: { experiment: "Income", run: "r1" } });
  const job = ofJob({ JobId: "j1", WebServiceId: "s", WebService: "A/B", EndpointId: "e", Endpoint: "seattle", Kind: "training", StatusCode: "Failed", Details: "no rows", CreatedAt: at(3) } as never);
  expect(job).toMatchObject({ name: "Retraining", to: "/jobs/s/e/j1", where: "A/B, seattle", details: "no rows" });
  const pipeline = ofPipelineRun({ runId: "p1", pipelineName: "a/b", status: "InProgress", runStart: at(5), runEnd: null, message: "", invokedBy: { name: "Nightly", invokedByType: "ScheduleTrigger" } } as never);
  expect(pipeline).toMatchObject({ to: "/pipelines/a%2Fb/runs/p1", where: "pipeline, by Nightly" });
});

test("lists are merged, newest first, no further back than each was read; open work stays in sight", () => {
  const read = { work: [run({ id: "a", createdAt: at(50) }), run({ id: "b", createdAt: at(30) })], hasMore: true };
  const all = { work: [run({ id: "c", createdAt: at(40) }), run({ id: "d", createdAt: at(20) }), run({ id: "e", createdAt: at(10), state: "Running" })], hasMore: false };
  expect(merged([read, all]).map(({ id }) => id)).toEqual(["a", "c", "b", "e"]);
  expect(merged([{ ...read, hasMore: false }, all]).map(({ id }) => id)).toEqual(["a", "c", "b", "d", "e"]);
  expect(merged([{ work: [], hasMore: false }])).toEqual([]);
});

test("a filter finds by state in any of the kinds' words, and by id, name or error", () => {
  const work = [run({ id: "a", state: "InProgress" }), run({ id: "b", state: "Failed", details: "The LABEL is missing" }), run({ id: "c", state: "Succeeded" })];
  expect(filtered(work, "Running", "").map(({ id }) => id)).toEqual(["a"]);
  expect(filtered(work, "Finished", "").map(({ id }) => id)).toEqual(["c"]);
  expect(filtered(work, undefined, " label ").map(({ id }) => id)).toEqual(["b"]);
  expect(groupOf("a state of tomorrow")).toBeUndefined();
});

test("time runs until the end, and is not there before the start", () => {
  expect(secondsOf(run(), new Date(at(9)))).toBe(120);
  expect(secondsOf(run({ endedAt: null }), new Date(at(9)))).toBe(420);
  expect(secondsOf(run({ startedAt: null }), new Date(at(9)))).toBeUndefined();
  expect(secondsOf(run({ startedAt: "never" }), new Date(at(9)))).toBeUndefined();
});

test("progress counts what is under way, its rows and its step", () => {
  expect(progressWords(run({ progress: { done: 6, total: 11, step: "Train Model", rows: 1204 } }))).toBe("module 7 of 11, Train Model, 1,204 rows");
  expect(progressWords(run({ kind: "job", progress }))).toBe("");
  expect(resultWords(run({ progress: { done: 4, total: 7, step: "", rows: 0 } }))).toBe("4 of 7 modules");
  expect(resultWords(run({ kind: "job", progress: { ...progress, rows: 120_000 } }))).toBe("120,000 rows");
});
