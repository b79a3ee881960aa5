import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { fixed, percent } from "../../../charts/figures";
import { Legend } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { Ring } from "../../../charts/Mark";
import { classNames } from "../evaluated";
import { sideName } from "../Side";
import { averagePrecision, countsAt, precisionRecallPoints, ratesOf, thresholdOf } from "../thresholds";
import type { ThresholdCardProps } from "./RocCard";

const X = { domain: [0, 1] as const, label: "Recall" };
const Y = { domain: [0, 1] as const, label: "Precision" };

/** How right the finds are for how many are found; the dotted line is what picking at random would give. */
export function PrecisionRecallCard({ sides, threshold, onThreshold }: ThresholdCardProps) {
  const series = useMemo<Series[]>(
    () => sides.map((side) => ({ name: sideName(side), tone: side.tone, points: precisionRecallPoints(side.curve) })),
    [sides],
  );
  const means = useMemo(() => sides.map(({ curve }) => fixed(averagePrecision(curve))), [sides]);
  const { positives, negatives } = sides[0]!.curve;
  const share = positives / (positives + negatives);
  const reference = useMemo(() => [[{ x: 0, y: share }, { x: 1, y: share }]], [share]);
  const positive = classNames(sides[0]!.model)[1];
  const curveFor = (tone: number) => sides.find((side) => side.tone === tone)!.curve;
  return (
    <ChartCard
      title="Precision and recall"
      note="average precision"
      table={() => ({
        columns: ["model", "threshold", "recall", "precision"],
        rows: sides.flatMap((side) =>
          precisionRecallPoints(side.curve).map(({ x, y }, place) => [sideName(side), thresholdOf(side.curve, place + 1), x, y]),
        ),
      })}
      footer={sides.length > 1 ? "Both rings stand at the threshold" : "The ring stands at the threshold"}
    >
      <LineChart
        name={`Precision and recall. ${series.map((each, place) => `${each.name}: average precision ${means[place]}`).join(", ")}`}
        x={X}
        y={Y}
        series={series}
        references={reference}
        keys={false}
        tip={(each, place) => {
          const point = each.points[place]!;
          return {
            value: `${percent(point.y)} of the finds are ${positive}`,
            what: `${percent(point.x)} found, ${each.name}`,
            rows: `threshold ${thresholdOf(curveFor(each.tone), place + 1)}`,
          };
        }}
        onPick={(each, place) => onThreshold(Math.max(0, Math.min(1, thresholdOf(curveFor(each.tone), place + 1))))}
      >
        {(frame, x, y) => (
          <>
            <text className="halo" x={frame.left + 4} y={y(share) - 6}>
              {fixed(share, 2)}, the share of {positive.slice(0, 20)}
            </text>
            {[...sides].reverse().map((side) => {
              const { precision, recall } = ratesOf(countsAt(side.curve, threshold));
              return <Ring key={side.tone} tone={side.tone} x={x(recall)} y={y(precision)} />;
            })}
            <Legend
              x={frame.left + 14}
              y={share < 0.2 ? y(share) - 26 - 18 * (sides.length - 1) : frame.bottom - 12 - 18 * (sides.length - 1)}
              entries={series.map((each, place) => ({ tone: each.tone, name: each.name, value: means[place] }))}
            />
          </>
        )}
      </LineChart>
    </ChartCard>
  );
}
