import { useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { percent } from "../../../charts/figures";
import { LineChart, type Series } from "../../../charts/LineChart";
import { type Side, sideName } from "../Side";

const X = { domain: [0, 1] as const, label: "Quantile" };
const Y = { domain: [0, 1] as const, label: "Share of rows below" };
const DIAGONAL = [[{ x: 0, y: 0 }, { x: 1, y: 1 }]];

/** Whether so many rows lie below each predicted quantile as it says. */
export function QuantilesCard({ sides }: { sides: readonly Side[] }) {
  const series = useMemo<Series[]>(
    () =>
      sides.map((side) => ({
        name: sideName(side),
        tone: side.tone,
        marks: true,
        points: (side.model.details.quantiles ?? []).map((x, place) => ({ x, y: side.model.details.shareOfRowsBelow?.[place] ?? Number.NaN })),
      })),
    [sides],
  );
  return (
    <ChartCard
      title="Quantiles"
      footer="On the diagonal a quantile holds what it says"
      table={() => ({
        columns: ["model", "quantile", "share of rows below", "pinball loss"],
        rows: sides.flatMap((side) =>
          (side.model.details.quantiles ?? []).map((quantile, place) => [
            sideName(side), quantile, side.model.details.shareOfRowsBelow?.[place], side.model.details.quantileLoss?.[place],
          ]),
        ),
      })}
    >
      <LineChart
        name="Share of rows below each predicted quantile"
        x={X}
        y={Y}
        series={series}
        references={DIAGONAL}
        tip={(each, place) => ({ value: percent(each.points[place]!.y), what: `of rows are below quantile ${each.points[place]!.x}, ${each.name}` })}
      />
    </ChartCard>
  );
}
