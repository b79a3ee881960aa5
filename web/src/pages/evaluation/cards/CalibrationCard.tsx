import { memo, useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed, percent } from "../../../charts/figures";
import { Legend, shorten } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { shareInterval } from "../../../charts/statistics";
import { classNames } from "../evaluated";
import { type Side, sideName } from "../Side";

const X = { domain: [0, 1] as const, label: "Mean score of the bin" };
const DIAGONAL = [[{ x: 0, y: 0 }, { x: 1, y: 1 }]];

/** Whether a score can be read as a probability: the share of positives among rows of about that score. */
export const CalibrationCard = memo(function CalibrationCard({ sides }: { sides: readonly Side[] }) {
  const positive = classNames(sides[0]!.model)[1];
  const series = useMemo(() => sides.flatMap(calibrationSeries), [sides]);
  const y = useMemo(() => ({ domain: [0, 1] as const, label: `Share that is ${shorten(positive, 24)}` }), [positive]);
  return (
    <ChartCard
      title="Calibration"
      note="10 bins, 95 % intervals"
      footer="On the diagonal a score is a probability"
      table={() => ({
        columns: ["model", "mean score", "share", "low", "high", "rows"],
        rows: series.flatMap((each) =>
          each.points.map((point, place) => [each.name, point.x, point.y, ...each.intervals![place]!, each.rows![place]!]),
        ),
      })}
    >
      <LineChart
        name={`Calibration in ten bins. ${sides.map((side) => `${sideName(side)}: log loss ${fixed(side.model.details.logLoss)}`).join(", ")}`}
        x={X}
        y={y}
        series={series}
        references={DIAGONAL}
        tip={(each, place) => {
          const [low, high] = each.intervals![place]!;
          return {
            value: `${percent(each.points[place]!.y)} are ${positive}`,
            what: `mean score ${fixed(each.points[place]!.x)}, ${each.name}`,
            rows: `${figure(each.rows![place])} rows, ${percent(low)} to ${percent(high)}`,
          };
        }}
      >
        {(frame) => (
          <Legend
            x={frame.left + 14}
            y={frame.top + 16}
            entries={sides.map((side) => ({ tone: side.tone, name: sideName(side), value: `log loss ${fixed(side.model.details.logLoss)}` }))}
          />
        )}
      </LineChart>
    </ChartCard>
  );
});

function calibrationSeries(side: Side): Series[] {
  const found = side.model.details.calibration;
  if (!found) return [];
  return [
    {
      name: sideName(side),
      tone: side.tone,
      marks: true,
      points: found.meanScore.map((x, place) => ({ x, y: found.positiveRate[place]! })),
      intervals: found.positiveRate.map((share, place) => shareInterval(share, found.rows[place]!)),
      rows: found.rows,
    },
  ];
}
