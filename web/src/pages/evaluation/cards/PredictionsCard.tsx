import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed } from "../../../charts/figures";
import { Legend } from "../../../charts/Legend";
import { Scatter } from "../../../charts/Scatter";
import { extent, nice } from "../../../charts/scale";
import { correlation } from "../../../charts/statistics";
import { type Side, sideName } from "../Side";

/** Each row as a point; on the diagonal the prediction is right. */
export function PredictionsCard({ sides }: { sides: readonly Side[] }) {
  const known = useMemo(() => sides.filter(({ model }) => model.details.predictions), [sides]);
  const clouds = useMemo(
    () =>
      known.map((side) => {
        const { actual, predicted } = side.model.details.predictions!;
        return { name: sideName(side), tone: side.tone, points: actual.map((x, place) => ({ x, y: predicted[place]! })) };
      }),
    [known],
  );
  const domain = useMemo(() => nice(extent(clouds.flatMap(({ points }) => points.flatMap(({ x, y }) => [x, y])))), [clouds]);
  const label = known[0]!.model.label;
  const x = useMemo(() => ({ domain, label: `Actual ${label}`.trim() }), [domain, label]);
  const y = useMemo(() => ({ domain, label: `Predicted ${label}`.trim() }), [domain, label]);
  const diagonal = useMemo(() => [[{ x: domain[0], y: domain[0] }, { x: domain[1], y: domain[1] }]], [domain]);
  const fits = known.map((side) => {
    const { actual, predicted } = side.model.details.predictions!;
    return side.model.metrics.Coefficient_of_Determination ?? correlation(actual, predicted) ** 2;
  });
  const { rows, actual } = known[0]!.model.details.predictions!;
  return (
    <ChartCard
      title="Predicted and actual"
      note={actual.length < rows ? `${figure(actual.length)} of ${figure(rows)} rows` : `${figure(rows)} rows`}
      footer="On the diagonal a prediction is right"
      table={() => ({
        columns: ["model", "actual", "predicted"],
        rows: clouds.flatMap((cloud) => cloud.points.map((point) => [cloud.name, point.x, point.y])),
      })}
    >
      <Scatter
        name={`Predicted against actual. ${known.map((side, place) => `${sideName(side)}: R² ${fixed(fits[place])}`).join(", ")}`}
        x={x}
        y={y}
        clouds={clouds}
        references={diagonal}
      >
        {(frame) => (
          <Legend
            x={frame.left + 14}
            y={frame.top + 14}
            entries={known.map((side, place) => ({ tone: side.tone, name: sideName(side), value: `R² ${fixed(fits[place])}` }))}
          />
        )}
      </Scatter>
    </ChartCard>
  );
}
