import { expect, test } from "vitest";
import { documentOf, firesWords, FIRST, isStarted, kindWords, pipelinesOf, readDocument, type Trigger } from "./words";

const trigger = (properties: Trigger["properties"], more: Partial<Trigger> = {}): Trigger => ({ name: "T", updatedAt: "", ...(properties && { properties }), ...more });
const reference = (referenceName: string) => ({ pipelineReference: { referenceName } });

test("when triggers of each kind fire", () => {
  const weekly = trigger({ type: "ScheduleTrigger", typeProperties: { recurrence: { frequency: "Week", interval: 1 } } });
  expect([kindWords(weekly), firesWords(weekly)]).toEqual(["Schedule", "every week"]);
  const windows = trigger({ type: "TumblingWindowTrigger", typeProperties: { frequency: "Hour", interval: 2 } });
  expect([kindWords(windows), firesWords(windows)]).toEqual(["Windows of time", "every 2 hours"]);
  expect(firesWords(trigger({ type: "BlobEventsTrigger", typeProperties: { blobPathBeginsWith: "/data/blobs/in" } }))).toBe("in /data/blobs/in");
  expect(kindWords(trigger(undefined))).toBe("–");
});

test("the pipelines of schedules and of windows", () => {
  expect(pipelinesOf(trigger({ pipelines: [reference("A"), {}, reference("B")] }))).toEqual(["A", "B"]);
  expect(pipelinesOf(trigger({ pipeline: reference("C") }))).toEqual(["C"]);
});

test("what is edited is the document without what the app adds", () => {
  const text = documentOf(trigger({ type: "ScheduleTrigger" }, { runtimeState: "Started", NextRun: "2026-12-01T00:00:00Z" }));
  expect(JSON.parse(text)).toEqual({ name: "T", properties: { type: "ScheduleTrigger" } });
  expect(isStarted(trigger({}, { runtimeState: "Started" }))).toBe(true);
  expect(isStarted(trigger({}, { runtimeState: "Stopped" }))).toBe(false);
});

test("a typed document that is none says why", () => {
  expect(readDocument("{")).toMatchObject({ problem: expect.stringContaining("not JSON yet") });
  expect(readDocument("[]")).toMatchObject({ problem: expect.stringContaining("is an object") });
  expect(readDocument('{"name": " "}')).toMatchObject({ problem: expect.stringContaining('no "name"') });
  expect(readDocument(FIRST)).toMatchObject({ name: "EveryMonday" });
});
