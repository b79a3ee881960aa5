import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { area } from "../../../charts/curve";
import { fixed, percent } from "../../../charts/figures";
import { Legend } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { Ring } from "../../../charts/Mark";
import { classNames } from "../evaluated";
import { sideName, type ThresholdSide } from "../Side";
import { countsAt, ratesOf, rocPoints, thresholdOf } from "../thresholds";

export interface ThresholdCardProps {
  sides: readonly ThresholdSide[];
  threshold: number;
  onThreshold: (threshold: number) => void;
}

const AXIS = { domain: [0, 1] as const };
const X = { ...AXIS, label: "False positive rate" };
const Y = { ...AXIS, label: "True positive rate" };
const DIAGONAL = [[{ x: 0, y: 0 }, { x: 1, y: 1 }]];

/** How many of the one class are found for how many false alarms; the rings stand at the threshold. */
export function RocCard({ sides, threshold, onThreshold }: ThresholdCardProps) {
  const series = useMemo<Series[]>(
    () => sides.map((side) => ({ name: sideName(side), tone: side.tone, points: rocPoints(side.curve) })),
    [sides],
  );
  const areas = useMemo(() => series.map(({ points }) => fixed(area(points))), [series]);
  const rates = sides.map(({ curve }) => ratesOf(countsAt(curve, threshold)));
  const positive = classNames(sides[0]!.model)[1];
  const name = `ROC. ${series.map((each, place) => `${each.name}: AUC ${areas[place]}`).join(", ")}`;
  const curveFor = (tone: number) => sides.find((side) => side.tone === tone)!.curve;
  return (
    <ChartCard
      title="ROC"
      note="area"
      table={() => rocTable(sides)}
      footer="Click the curve to set the threshold there, or press ← and →"
    >
      <LineChart
        name={name}
        x={X}
        y={Y}
        series={series}
        references={DIAGONAL}
        keys={false}
        tip={(each, place) => {
          const point = each.points[place]!;
          return {
            value: `${percent(point.y)} of ${positive} found`,
            what: `${percent(point.x)} falsely, ${each.name}`,
            rows: `threshold ${thresholdOf(curveFor(each.tone), place)}`,
          };
        }}
        onPick={(each, place) => onThreshold(clamp(thresholdOf(curveFor(each.tone), place)))}
      >
        {(frame, x, y) => {
          const main = rates[0]!;
          const [atX, atY] = [x(main.falsePositiveRate), y(main.recall)];
          const low = atY > frame.bottom - 60;
          return (
            <>
              <path className="cross" d={`M${frame.left} ${atY}H${atX}V${frame.bottom}`} />
              {[...sides.entries()].reverse().map(([place, side]) => (
                <Ring key={side.tone} tone={side.tone} x={x(rates[place]!.falsePositiveRate)} y={y(rates[place]!.recall)} />
              ))}
              <text className="halo" x={Math.min(atX + 14, frame.right - 190)} y={low ? atY - 14 : atY + 24}>
                <tspan className="val">{percent(main.recall)}</tspan> found, <tspan className="val">{percent(main.falsePositiveRate)}</tspan> falsely
              </text>
              <Legend
                x={frame.left + (frame.right - frame.left) * 0.44}
                y={frame.bottom - 12 - 18 * (sides.length - 1)}
                entries={series.map((each, place) => ({ tone: each.tone, name: each.name, value: areas[place] }))}
                room={Math.max(6, Math.floor(((frame.right - frame.left) * 0.56) / 6.5) - 8)}
              />
            </>
          );
        }}
      </LineChart>
    </ChartCard>
  );
}

function clamp(threshold: number): number {
  return Math.max(0, Math.min(1, threshold));
}

function rocTable(sides: readonly ThresholdSide[]) {
  return {
    columns: ["model", "threshold", "true positive rate", "false positive rate"],
    rows: sides.flatMap((side) =>
      rocPoints(side.curve).map(({ x, y }, place) => [sideName(side), thresholdOf(side.curve, place), y, x]),
    ),
  };
}
