/** Live metrics as the log's page draws them: one line a model, a point a day. */

import type { components } from "../../../api/schema";
import type { ChartTable } from "../../../charts/csv";

export type LiveMetrics = components["schemas"]["LiveMetrics"];
export type LiveDay = LiveMetrics["Days"][number];

export interface LiveLine {
  name: string;
  days: readonly LiveDay[];
}

/** The names of the metrics that any day has, in the order of Evaluate Model. */
export function metricNames(days: readonly LiveDay[]): string[] {
  return [...new Set(days.flatMap(({ Metrics }) => Object.keys(Metrics)))];
}

/** "current, version 3", with the output only where there are several. */
export function modelName({ Deployment, Version, Output, Shadow }: LiveDay, outputs: number): string {
  return `${Deployment}${Shadow ? " in the shadow" : ""}, version ${Version}${outputs > 1 ? `, ${Output}` : ""}`;
}

/** A line for each model that has the metric on a day, in the order in which the models began. */
export function linesOf(days: readonly LiveDay[], metric: string): LiveLine[] {
  const outputs = new Set(days.map(({ Output }) => Output)).size;
  const lines = new Map<string, LiveDay[]>();
  for (const day of days) {
    if (day.Metrics[metric] === undefined) continue;
    const key = modelName(day, outputs);
    lines.set(key, [...(lines.get(key) ?? []), day]);
  }
  return [...lines].map(([name, found]) => ({ name, days: found }));
}

/** Days with what was measured, latest first. */
export function liveTable(days: readonly LiveDay[]): ChartTable {
  const metrics = metricNames(days);
  return {
    columns: ["Day", "Deployment", "Version", "Output", "Rows", "Truths", "Measured", "Missing", ...metrics],
    rows: [...days].reverse().map((day) => [
      day.Day,
      day.Shadow ? `${day.Deployment} in the shadow` : day.Deployment,
      day.Version,
      day.Output,
      day.Rows,
      day.Truths,
      day.Measured,
      day.Missing,
      ...metrics.map((name) => day.Metrics[name]),
    ]),
  };
}

/** One day with its models beside each other: a row for each metric. */
export function dayTable(days: readonly LiveDay[]): ChartTable {
  const outputs = new Set(days.map(({ Output }) => Output)).size;
  return {
    columns: ["Metric", ...days.map((day) => modelName(day, outputs))],
    rows: [["Rows with a truth", ...days.map(({ Measured }) => Measured)], ...metricNames(days).map((name) => [name, ...days.map(({ Metrics }) => Metrics[name])])],
  };
}

/** How many rows there were and how many of them have a truth, in words. */
export function truthWords(days: readonly LiveDay[]): string {
  const sum = (pick: (day: LiveDay) => number) => days.reduce((all, day) => all + pick(day), 0);
  const [rows, truths] = [sum(({ Rows }) => Rows), sum(({ Truths }) => Truths)];
  if (rows === 0) return "";
  return `${truths.toLocaleString("en")} of ${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} in 30 days with a truth`;
}
