import { useMemo } from "react";
import { area } from "../../../charts/curve";
import { rowsOf } from "../evaluated";
import type { ThresholdSide } from "../Side";
import { averagePrecision, costOf, countsAt, ratesOf, rocPoints } from "../thresholds";
import { type MetricRow, MetricsCard } from "./MetricsCard";

interface ThresholdMetricsCardProps {
  sides: readonly ThresholdSide[];
  threshold: number;
  missCost: number;
}

/** The figures that hold at every threshold, then those at this one. */
export function ThresholdMetricsCard({ sides, threshold, missCost }: ThresholdMetricsCardProps) {
  const still = useMemo<MetricRow[]>(
    () => [
      { name: "AUC", values: sides.map(({ model, curve }) => model.metrics.AUC ?? area(rocPoints(curve))) },
      { name: "Average precision", values: sides.map(({ curve }) => averagePrecision(curve)) },
      { name: "Log loss", values: sides.map(({ model }) => model.details.logLoss ?? null), lessIsBetter: true },
    ],
    [sides],
  );
  const counts = sides.map(({ curve }) => countsAt(curve, threshold));
  const rates = counts.map(ratesOf);
  const here: MetricRow[] = [
    { name: "Accuracy", values: rates.map(({ accuracy }) => accuracy) },
    { name: "Precision", values: rates.map(({ precision }) => precision) },
    { name: "Recall", values: rates.map(({ recall }) => recall) },
    { name: "F1", values: rates.map(({ f1 }) => f1) },
    { name: "Cost per 100 rows", values: counts.map((each) => costOf(each, missCost)), lessIsBetter: true, digits: 1 },
  ];
  const exact = sides.every(({ curve }) => curve.exact);
  return (
    <MetricsCard
      sides={sides}
      rows={rowsOf(sides[0]!.model)}
      groups={[
        { rows: still },
        { title: `At threshold ${threshold}`, rows: here },
      ]}
      footer={exact ? "Counted at this threshold exactly" : "Counted at the nearest score that is kept"}
    />
  );
}
