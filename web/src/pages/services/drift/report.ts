/** What the drift view draws of a report: for each column the measure that says most, and what stands in which order. */

import type { components } from "../../../api/schema";

export type Drift = components["schemas"]["Drift"];
export type DriftColumn = Drift["Columns"][number];

export interface Leading {
  measure: string;
  values: readonly (number | null)[];
  threshold: number;
  /** The latest value that there is. */
  latest: number | null;
}

/** The measure of a column that is largest beside its threshold in the latest window that has a value. */
export function leading(column: DriftColumn): Leading | undefined {
  const all = Object.entries(column.Measures).flatMap(([measure, values]): Leading[] => {
    const threshold = column.Thresholds[measure];
    if (threshold === undefined) return [];
    return [{ measure, values, threshold, latest: values.findLast((value) => value !== null) ?? null }];
  });
  const size = ({ latest, threshold }: Leading) => (latest === null ? -1 : latest / Math.max(threshold, 1e-9));
  return all.sort((one, other) => size(other) - size(one))[0];
}

/** Columns that drift first, then those that come nearest to it; what cannot be compared last. */
export function inOrder(columns: readonly DriftColumn[]): DriftColumn[] {
  const rank = (column: DriftColumn) => {
    const found = leading(column);
    if (found?.latest == null) return -1;
    return (column.Drifts ? 1e9 : 0) + found.latest / Math.max(found.threshold, 1e-9);
  };
  return [...columns].sort((one, other) => rank(other) - rank(one));
}

/** One sentence: how things stand. */
export function verdict({ Columns, Rows, MinimumRows, Windows }: Pick<Drift, "Columns" | "Rows" | "MinimumRows" | "Windows">): string {
  if (Rows === 0) return "No logged rows in this time.";
  const drifting = Columns.filter(({ Drifts }) => Drifts).length;
  const few = (Windows.at(-1)?.Rows ?? 0) < MinimumRows ? ` The latest window has fewer than ${MinimumRows} rows, too few to judge.` : "";
  return drifting === 0
    ? `No column drifts in the latest window.${few}`
    : `${drifting} of ${Columns.length} columns ${drifting === 1 ? "drifts" : "drift"} in the latest window.`;
}

/** "KolmogorovSmirnov" as words. */
export function measureWords(measure: string): string {
  return measure === "PSI" ? measure : measure.replace(/(?<=[a-z])(?=[A-Z])/g, " ");
}
