import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed, percent } from "../../../charts/figures";
import { Legend } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { Mark } from "../../../charts/Mark";
import { nice } from "../../../charts/scale";
import { sideName, type ThresholdSide } from "../Side";
import { countsAt, liftPoints } from "../thresholds";

/** How many times more of the class are among the rows with the highest scores; the marks stand at the threshold. */
export function LiftCard({ sides, threshold }: { sides: readonly ThresholdSide[]; threshold: number }) {
  const series = useMemo<Series[]>(
    () => sides.map((side) => ({ name: sideName(side), tone: side.tone, points: liftPoints(side.curve) })),
    [sides],
  );
  const y = useMemo(() => {
    // The first few rows may have any lift; the axis follows where there are enough to tell.
    const enough = series.flatMap(({ points }) => points.filter(({ x }) => x >= 0.01).map((point) => point.y));
    return { domain: nice([0, Math.max(1.2, ...enough)]), label: "Lift" };
  }, [series]);
  const x = useMemo(() => ({ domain: [0, 1] as const, label: "Share of rows, highest scores first", text: (value: number) => percent(value, 0) }), []);
  const reference = useMemo(() => [[{ x: 0, y: 1 }, { x: 1, y: 1 }]], []);
  const clipped = useMemo(
    () => series.map((each) => ({ ...each, points: each.points.filter((point) => point.y <= y.domain[1]) })),
    [series, y],
  );
  const here = sides.map(({ curve, tone }) => {
    const { truePositives, falsePositives } = countsAt(curve, threshold);
    const said = truePositives + falsePositives;
    const rows = curve.positives + curve.negatives;
    return { tone, share: said / rows, lift: said === 0 ? null : truePositives / said / (curve.positives / rows) };
  });
  const main = here[0]!;
  return (
    <ChartCard
      title="Lift"
      footer="Against picking rows at random"
      table={() => ({
        columns: ["model", "share of rows", "lift"],
        rows: series.flatMap((each) => each.points.map((point) => [each.name, point.x, point.y])),
      })}
    >
      <LineChart
        name={`Lift. ${here.map(({ lift, share }, place) => `${sideName(sides[place]!)}: ${figure(lift, 3)} in the top ${percent(share)}`).join(", ")}`}
        x={x}
        y={y}
        series={clipped}
        references={reference}
        tip={(each, place) => ({
          value: `${fixed(each.points[place]!.y, 2)} times as many`,
          what: `in the top ${percent(each.points[place]!.x)}, ${each.name}`,
        })}
      >
        {(frame, toX, toY) => (
          <>
            <line className="th" x1={toX(main.share)} x2={toX(main.share)} y1={frame.top} y2={frame.bottom} />
            {[...here].reverse().map(({ tone, share, lift }) =>
              lift !== null && lift <= y.domain[1] ? <Mark key={tone} tone={tone} x={toX(share)} y={toY(lift)} size={5} /> : null,
            )}
            <Legend
              x={Math.max(frame.left + 8, frame.right - 212)}
              y={frame.top + 18}
              entries={here.map(({ tone, share, lift }, place) => ({
                tone,
                name: sideName(sides[place]!),
                value: lift === null ? "–" : `${fixed(lift, 2)} in the top ${percent(share, 0)}`,
              }))}
              room={14}
            />
          </>
        )}
      </LineChart>
    </ChartCard>
  );
}
