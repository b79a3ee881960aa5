import { memo, useMemo } from "react";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, fixed } from "../../../charts/figures";
import { LineChart, type Series } from "../../../charts/LineChart";
import { extent, nice } from "../../../charts/scale";
import { Legend } from "../../../charts/Legend";
import type { LiveLoss } from "../LiveLoss";
import { lossPoints } from "../liveRun";
import { type Side, sideName } from "../Side";

/** The loss in training; of a run that goes on it grows from the left, with the part to come tinted. */
export const LossCard = memo(function LossCard({ sides, live }: { sides: readonly Side[]; live?: LiveLoss | undefined }) {
  const curves = useMemo<Series[]>(() => {
    const found = sides.flatMap(({ tone, ...side }): Series[] => {
      const curve = side.model.details.trainingCurve;
      const name = sideName({ tone, ...side });
      return curve ? [{ name, tone, points: lossPoints(curve.loss, curve.step), reference: live !== undefined }] : [];
    });
    return live ? [{ name: live.name, tone: 1, points: lossPoints(live.loss, live.step) }, ...found] : found;
  }, [sides, live]);
  const unit = live?.unit ?? sides.find(({ model }) => model.details.trainingCurve)?.model.details.trainingCurve?.unit ?? "step";
  const total = Math.max(live?.total ?? 0, ...curves.map((each) => each.points.at(-1)?.x ?? 0));
  const x = useMemo(() => ({ domain: [0, Math.max(1, total)] as const, label: capital(unit) }), [total, unit]);
  const y = useMemo(() => {
    const values = curves.flatMap((each) => each.points.map((point) => point.y));
    return { domain: nice(extent(values)), label: "Loss in training" };
  }, [curves]);
  const reached = live?.done ?? 0;
  const tint = live?.running ? ([reached, Math.max(total, reached)] as const) : undefined;
  return (
    <ChartCard
      title={`Loss by ${unit}`}
      footer={live ? said(live, unit) : undefined}
      extra={live?.running ? <span className="st run pill">{live.name}</span> : undefined}
      table={() => ({
        columns: ["model", unit, "loss"],
        rows: curves.flatMap((each) => each.points.map((point) => [each.name, point.x, point.y])),
      })}
    >
      <LineChart
        name={`Loss by ${unit}. ${curves.map((each) => `${each.name}: ${figure(each.points.at(-1)?.y)} after ${each.points.at(-1)?.x ?? 0}`).join(", ")}`}
        x={x}
        y={y}
        margins={{ left: 14 + 7 * Math.max(...y.domain.map((value) => figure(value).length), 3) }}
        series={curves}
        tint={tint}
        tip={(each, place) => ({ value: figure(each.points[place]!.y), what: `${unit} ${each.points[place]!.x}, ${each.name}` })}
      >
        {(frame) => (
          <Legend
            x={Math.max(frame.left + 14, frame.right - 210)}
            y={frame.top + 16}
            entries={curves.map((each) => ({ tone: each.reference ? 7 : each.tone, name: each.name, value: fixed(each.points.at(-1)?.y) }))}
          />
        )}
      </LineChart>
    </ChartCard>
  );
});

function said(live: LiveLoss, unit: string): string {
  const many = `${unit}s`;
  if (!live.running) return `${live.done} ${many}`;
  const of = live.total ? ` of ${live.total}` : "";
  return `${live.done}${of} ${many}${live.secondsLeft ? `, about ${Math.ceil(live.secondsLeft)} s left` : ""}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
