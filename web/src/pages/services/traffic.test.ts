import { expect, test } from "vitest";
import { type EndpointMetrics, errorWords, trafficBars } from "./traffic";

const hour = (Start: string, Calls: number, FiveMinutes: number[]) => ({ Start, Calls, Failed: 1, FiveMinutes, FailedFiveMinutes: FiveMinutes.map(() => 0) });
const metrics = {
  ByHour: [hour("2026-11-27T01:00:00Z", 24, Array(12).fill(2)), hour("2026-11-27T02:00:00Z", 3, [1, 2])],
} as unknown as EndpointMetrics;

test("a day has a bar an hour; the last hour has one each five minutes, over the hour's border", () => {
  expect(trafficBars(metrics, "24").map(({ calls }) => calls)).toEqual([24, 3]);
  const last = trafficBars(metrics, "1");
  expect(last).toHaveLength(12);
  expect(last.at(-1)).toEqual({ at: new Date("2026-11-27T02:05:00Z"), calls: 2, failed: 0 });
});

test("errors are counted by status, the most frequent first", () => {
  expect(errorWords({ 400: 1, 503: 1200 })).toBe("1,200 × 503, 1 × 400");
  expect(errorWords({})).toBe("");
});
