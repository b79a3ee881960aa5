import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { Scatter } from "../../../charts/Scatter";
import { extent, nice } from "../../../charts/scale";
import { type Side, sideName } from "../Side";

/** The error of each row by what was predicted: a pattern here is something that the model did not learn. */
export function ErrorsByPredictionCard({ sides }: { sides: readonly Side[] }) {
  const clouds = useMemo(
    () =>
      sides.flatMap((side) => {
        const found = side.model.details.predictions;
        if (!found) return [];
        const points = found.predicted.map((x, place) => ({ x, y: x - found.actual[place]! }));
        return [{ name: sideName(side), tone: side.tone, points }];
      }),
    [sides],
  );
  const all = useMemo(() => clouds.flatMap(({ points }) => points), [clouds]);
  const x = useMemo(() => ({ domain: nice(extent(all.map((point) => point.x))), label: "Predicted" }), [all]);
  const y = useMemo(() => ({ domain: nice(extent([0, ...all.map((point) => point.y)])), label: "Predicted less actual" }), [all]);
  const zero = useMemo(() => [[{ x: x.domain[0], y: 0 }, { x: x.domain[1], y: 0 }]], [x]);
  return (
    <ChartCard
      title="Errors by prediction"
      footer="Around zero everywhere is well; a slope or a fan is not"
      table={() => ({
        columns: ["model", "predicted", "error"],
        rows: clouds.flatMap((cloud) => cloud.points.map((point) => [cloud.name, point.x, point.y])),
      })}
    >
      <Scatter name="Errors by prediction" x={x} y={y} clouds={clouds} references={zero} />
    </ChartCard>
  );
}
