import { useCallback } from "react";
import { figure } from "./figures";
import { type Frame, xScale as linearX } from "./frame";
import { shorten } from "./Legend";
import { Mark } from "./Mark";
import { Plot } from "./Plot";
import { BottomAxis } from "./Axes";
import { extent, nice } from "./scale";

export interface Bar {
  label: string;
  /** One figure a series; null where the series has none. */
  values: readonly (number | null)[];
  /** The rows behind it. */
  rows?: number | undefined;
  note?: string | undefined;
}

interface BarChartProps {
  name: string;
  bars: readonly Bar[];
  series: readonly { name: string; tone: number }[];
  label?: string;
  /** Bars from zero, or marks joined by a line where two models are compared. */
  kind?: "bars" | "marks";
  text?: (value: number) => string;
  labelWidth?: number;
}

const ROW = 24;

/** One row a label, its figure at the right; long labels are cut and stay whole in the tip and in the table. */
export function BarChart({ name, bars, series, label, kind = "bars", text = figure, labelWidth = 104 }: BarChartProps) {
  const domain = nice(extent([0, ...bars.flatMap((bar) => bar.values.filter((value) => value !== null))]), 4);
  const height = bars.length * ROW + (label ? 46 : 28);
  const margins = { left: labelWidth, right: 52, top: 6, bottom: label ? 40 : 22 };
  const tips = useCallback(
    (frame: Frame) => {
      const toX = linearX(frame, domain);
      return bars.flatMap((bar, row) =>
        bar.values.flatMap((value, which) =>
          value === null
            ? []
            : [
                {
                  x: toX(value),
                  y: middle(frame, row),
                  value: text(value),
                  what: series.length > 1 ? `${bar.label}, ${series[which]?.name ?? ""}` : bar.label,
                  rows: bar.note ?? (bar.rows === undefined ? undefined : `${figure(bar.rows)} rows`),
                },
              ],
        ),
      );
    },
    [bars, series, text],
  );
  return (
    <Plot name={name} height={height} margins={margins} tips={tips} weightOfY={20}>
      {(frame) => {
        const toX = linearX(frame, domain);
        return (
          <>
            <BottomAxis frame={frame} axis={{ domain, label, most: 4 }} />
            {bars.map((bar, row) => (
              <BarRow
                key={`${row} ${bar.label}`}
                bar={bar}
                y={middle(frame, row)}
                kind={kind}
                tones={series.map(({ tone }) => tone)}
                toX={toX}
                frame={frame}
                text={text}
              />
            ))}
          </>
        );
      }}
    </Plot>
  );
}

function middle(frame: Frame, row: number): number {
  return frame.top + row * ROW + ROW / 2;
}

interface BarRowProps {
  bar: Bar;
  y: number;
  kind: "bars" | "marks";
  tones: readonly number[];
  toX: (value: number) => number;
  frame: Frame;
  text: (value: number) => string;
}

function BarRow({ bar, y, kind, tones, toX, frame, text }: BarRowProps) {
  const known = bar.values.filter((value) => value !== null);
  const letters = Math.floor((frame.left - 12) / 6.2);
  const thick = Math.min(14, 16 / tones.length);
  return (
    <g>
      <text className="on" x={frame.left - 10} y={y + 4} textAnchor="end">
        <title>{bar.label}</title>
        {shorten(bar.label, letters)}
      </text>
      {kind === "marks" && known.length > 1 && (
        <line className="link-l" x1={toX(Math.min(...known))} x2={toX(Math.max(...known))} y1={y} y2={y} />
      )}
      {[...bar.values.entries()].reverse().map(([which, value]) =>
        value === null ? null : kind === "marks" ? (
          <Mark key={which} tone={tones[which]!} x={toX(value)} y={y} size={which === 0 ? 4.8 : 4} />
        ) : (
          <rect
            key={which}
            className={tones[which] === 0 ? "fm" : `f${tones[which]}`}
            x={Math.min(toX(0), toX(value))}
            y={y + (which - tones.length / 2) * thick}
            width={Math.max(1, Math.abs(toX(value) - toX(0)))}
            height={thick - 1}
          />
        ),
      )}
      <text x={frame.width} y={y + 4} textAnchor="end">
        {known[0] === undefined ? "–" : text(known[0])}
      </text>
    </g>
  );
}
