import { useCallback } from "react";
import { Axes, type Axis } from "./Axes";
import { figure, percent } from "./figures";
import { type Frame, xScale, yScale } from "./frame";
import { Plot } from "./Plot";
import { nice } from "./scale";

interface HistogramProps {
  name: string;
  /** One more than counts. */
  edges: readonly number[];
  counts: readonly number[];
  height?: number;
  tone?: number;
  label?: string | undefined;
  x?: Partial<Axis>;
  /** A vertical line, such as where an error is zero. */
  zero?: number | undefined;
}

/** Rows by ranges of a number; the mouse and the arrows say range, rows and share. */
export function Histogram({ name, edges, counts, height = 200, tone = 1, label, x, zero }: HistogramProps) {
  const most = Math.max(1, ...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const xAxis: Axis = { domain: [edges[0] ?? 0, edges.at(-1) ?? 1], label, most: 4, ...x };
  const yAxis: Axis = { domain: nice([0, most], 4), most: 4, label: "Rows" };
  const left = String(Math.round(most)).length * 7 + 16;
  const tips = useCallback(
    (frame: Frame) => {
      const [toX, toY] = [xScale(frame, xAxis.domain), yScale(frame, yAxis.domain)];
      return counts.map((count, place) => ({
        x: (toX(edges[place]!) + toX(edges[place + 1]!)) / 2,
        y: toY(count),
        value: `${figure(count)} ${count === 1 ? "row" : "rows"}`,
        what: `${figure(edges[place])} to ${figure(edges[place + 1])}`,
        rows: `${percent(total === 0 ? 0 : count / total)} of ${figure(total)}`,
      }));
    },
    [counts, edges],
  );
  return (
    <Plot name={name} height={height} tips={tips} weightOfY={0} margins={{ left, bottom: label ? 36 : 22 }}>
      {(frame) => {
        const [toX, toY] = [xScale(frame, xAxis.domain), yScale(frame, yAxis.domain)];
        return (
          <>
            <Axes frame={frame} x={xAxis} y={yAxis} />
            {counts.map((count, place) => {
              const from = toX(edges[place]!);
              return (
                <rect
                  key={place}
                  className={tone === 0 ? "fm" : `f${tone}`}
                  x={from + 0.5}
                  y={toY(count)}
                  width={Math.max(0.5, toX(edges[place + 1]!) - from - 1)}
                  height={Math.max(0, frame.bottom - toY(count))}
                />
              );
            })}
            {zero !== undefined && <line className="th" x1={toX(zero)} x2={toX(zero)} y1={frame.top} y2={frame.bottom} />}
          </>
        );
      }}
    </Plot>
  );
}
