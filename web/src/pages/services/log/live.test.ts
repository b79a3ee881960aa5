import { expect, it } from "vitest";
import { dayTable, linesOf, type LiveDay, liveTable, metricNames, truthWords } from "./live";

const day = (Day: string, Deployment: string, Version: number, Metrics: Record<string, number>, Output = "output1"): LiveDay => ({
  Day,
  Deployment,
  Version,
  Metrics,
  Output,
  Model: "m",
  Shadow: false,
  Rows: 10,
  Truths: 4,
  WithoutTruth: 6,
  Measured: 4,
  Missing: 0,
  UpdatedAt: "",
});

const DAYS = [day("2026-05-01", "current", 1, { AUC: 0.9 }), day("2026-05-02", "candidate", 2, { AUC: 0.95, Recall: 1 }), day("2026-05-02", "current", 1, {})];

it("draws a line for each model that has the metric", () => {
  expect(linesOf(DAYS, "AUC").map(({ name, days }) => [name, days.length])).toEqual([["current, version 1", 1], ["candidate, version 2", 1]]);
  expect(linesOf(DAYS, "F1")).toEqual([]);
  expect(linesOf([...DAYS, day("2026-05-02", "current", 1, { AUC: 1 }, "other")], "AUC").map(({ name }) => name)).toContain("current, version 1, other");
});

it("has a table with all metrics, latest first", () => {
  expect(metricNames(DAYS)).toEqual(["AUC", "Recall"]);
  const { columns, rows } = liveTable(DAYS);
  expect(columns.slice(-2)).toEqual(["AUC", "Recall"]);
  expect(rows[0]?.slice(0, 2)).toEqual(["2026-05-02", "current"]);
  expect(rows[1]?.slice(-2)).toEqual([0.95, 1]);
});

it("sets the models of one day beside each other", () => {
  expect(dayTable(DAYS.slice(1))).toEqual({
    columns: ["Metric", "candidate, version 2", "current, version 1"],
    rows: [["Rows with a truth", 4, 4], ["AUC", 0.95, undefined], ["Recall", 1, undefined]],
  });
});

it("says how many rows have a truth", () => {
  expect(truthWords(DAYS)).toBe("12 of 30 rows in 30 days with a truth");
  expect(truthWords([])).toBe("");
});
