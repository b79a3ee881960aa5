import { useCallback } from "react";
import { Axes, type Axis } from "./Axes";
import { figure, percent } from "./figures";
import { type Frame, xScale, yScale } from "./frame";
import { Plot } from "./Plot";
import { nice } from "./scale";

interface StackedHistogramProps {
  name: string;
  /** One more than the counts of each series. */
  edges: readonly number[];
  series: readonly { name: string; tone: number }[];
  /** Rows by series and range. */
  counts: readonly (readonly number[])[];
  height?: number;
  x?: Partial<Axis>;
}

/** Rows by ranges of a number, one colour a class, one above another; the tips say class, range and share of the range. */
export function StackedHistogram({ name, edges, series, counts, height = 190, x }: StackedHistogramProps) {
  const totals = edges.slice(1).map((_, bin) => counts.reduce((sum, each) => sum + (each[bin] ?? 0), 0));
  const xAxis: Axis = { domain: [edges[0] ?? 0, edges.at(-1) ?? 1], most: 4, ...x };
  const yAxis: Axis = { domain: nice([0, Math.max(1, ...totals)], 4), most: 4, label: "Rows" };
  const left = String(Math.round(yAxis.domain[1])).length * 7 + 16;
  const blocks = series.flatMap(({ name: what, tone }, which) =>
    totals.map((total, bin) => {
      const below = counts.slice(0, which).reduce((sum, each) => sum + (each[bin] ?? 0), 0);
      return { what, tone, bin, total, count: counts[which]?.[bin] ?? 0, below };
    }),
  ).filter(({ count }) => count > 0);
  const tips = useCallback(
    (frame: Frame) => {
      const [toX, toY] = [xScale(frame, xAxis.domain), yScale(frame, yAxis.domain)];
      return blocks.map(({ what, bin, total, count, below }) => ({
        x: (toX(edges[bin]!) + toX(edges[bin + 1]!)) / 2,
        y: toY(below + count / 2),
        value: `${figure(count)} ${count === 1 ? "row" : "rows"}`,
        what: `${what}: ${figure(edges[bin])} to ${figure(edges[bin + 1])}`,
        rows: `${percent(count / total)} of the range's ${figure(total)}`,
      }));
    },
    [counts, edges, series],
  );
  return (
    <Plot name={name} height={height} tips={tips} weightOfY={1} margins={{ left, bottom: 22 }}>
      {(frame) => {
        const [toX, toY] = [xScale(frame, xAxis.domain), yScale(frame, yAxis.domain)];
        return (
          <>
            <Axes frame={frame} x={xAxis} y={yAxis} />
            {blocks.map(({ what, tone, bin, count, below }) => (
              <rect
                key={`${what} ${bin}`}
                className={`f${tone}`}
                x={toX(edges[bin]!) + 0.5}
                y={toY(below + count)}
                width={Math.max(0.5, toX(edges[bin + 1]!) - toX(edges[bin]!) - 1)}
                height={Math.max(0, toY(below) - toY(below + count))}
              />
            ))}
          </>
        );
      }}
    </Plot>
  );
}
