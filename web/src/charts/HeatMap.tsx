import { useCallback } from "react";
import { figure, percent } from "./figures";
import type { Frame } from "./frame";
import { shorten } from "./Legend";
import { Plot } from "./Plot";
import { shade } from "./statistics";

interface HeatMapProps {
  name: string;
  rows: readonly string[];
  columns: readonly string[];
  counts: readonly (readonly number[])[];
  /** The verb before a row's and a column's name: "is", "says". */
  rowWord?: string;
  columnWord?: string;
}

/** Counts in a matrix; the shade is the share of the row, and the figure stands in it where there is room. */
export function HeatMap({ name, rows, columns, counts, rowWord = "", columnWord = "" }: HeatMapProps) {
  const cell = Math.max(16, Math.min(36, Math.floor(420 / Math.max(1, rows.length))));
  const longest = Math.max(0, ...rows.map((row) => [...row].length));
  const left = Math.min(120, longest * 6.4 + (rowWord.length + 2) * 5 + 10);
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const height = rows.length * cell + 26;
  const tips = useCallback(
    (frame: Frame) => {
      const width = (frame.right - frame.left) / Math.max(1, columns.length);
      return counts.flatMap((row, down) =>
        row.map((count, across) => ({
          x: frame.left + (across + 0.5) * width,
          y: frame.top + (down + 0.5) * cell,
          value: `${figure(count)} ${count === 1 ? "row" : "rows"}`,
          what: `${rowWord} ${rows[down]}, ${columnWord} ${columns[across]}`.trim(),
          rows: `${percent(sums[down] ? count / sums[down]! : 0)} of ${figure(sums[down])}`,
        })),
      );
    },
    [counts, rows, columns, rowWord, columnWord, cell],
  );
  return (
    <Plot name={name} height={height} tips={tips} weightOfY={1} margins={{ left, top: 22, right: 0, bottom: 4 }}>
      {(frame) => {
        const width = (frame.right - frame.left) / Math.max(1, columns.length);
        return (
          <>
            {columns.map((column, across) => (
              <text key={across} x={frame.left + (across + 0.5) * width} y={14} textAnchor="middle">
                <title>{column}</title>
                {width < 14 ? "" : shorten(column, Math.max(1, Math.floor(width / 6.4)))}
              </text>
            ))}
            {counts.map((row, down) => (
              <g key={down}>
                <text x={frame.left - 8} y={frame.top + (down + 0.5) * cell + 4} textAnchor="end">
                  <title>{rows[down]}</title>
                  {shorten(`${rowWord} ${rows[down]}`.trim(), Math.floor((left - 8) / 6))}
                </text>
                {row.map((count, across) => (
                  <HeatCell
                    key={across}
                    x={frame.left + across * width}
                    y={frame.top + down * cell}
                    width={width}
                    height={cell}
                    count={count}
                    share={sums[down] ? count / sums[down]! : 0}
                  />
                ))}
              </g>
            ))}
          </>
        );
      }}
    </Plot>
  );
}

interface HeatCellProps {
  x: number;
  y: number;
  width: number;
  height: number;
  count: number;
  share: number;
}

function HeatCell({ x, y, width, height, count, share }: HeatCellProps) {
  const text = figure(count);
  const fits = text.length * 6.6 + 4 <= width && height >= 14;
  return (
    <>
      <rect className={`heat-${shade(share)}`} x={x + 1} y={y + 1} width={Math.max(1, width - 2)} height={height - 2} rx={3} />
      {fits && count > 0 && (
        <text className="on" x={x + width / 2} y={y + height / 2 + 4} textAnchor="middle">
          {text}
        </text>
      )}
    </>
  );
}
