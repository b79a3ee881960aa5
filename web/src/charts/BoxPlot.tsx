import { useCallback } from "react";
import { BottomAxis } from "./Axes";
import { figure } from "./figures";
import { type Frame, xScale } from "./frame";
import { shorten } from "./Legend";
import { Plot } from "./Plot";
import { extent, nice } from "./scale";
import type { FiveNumbers } from "./statistics";

interface BoxPlotProps {
  name: string;
  boxes: readonly { label: string; numbers: FiveNumbers }[];
  label: string;
}

const ROW = 30;

/** The spread of a number in each group: box from quartile to quartile, median, whiskers. */
export function BoxPlot({ name, boxes, label }: BoxPlotProps) {
  const domain = nice(extent(boxes.flatMap(({ numbers }) => [numbers.low, numbers.high])), 4);
  const tips = useCallback(
    (frame: Frame) =>
      boxes.map(({ label: group, numbers }, row) => ({
        x: xScale(frame, domain)(numbers.median),
        y: frame.top + (row + 0.5) * ROW,
        value: `median ${figure(numbers.median)}`,
        what: `${group}: half from ${figure(numbers.lowerQuartile)} to ${figure(numbers.upperQuartile)}`,
        rows: `${figure(numbers.rows)} rows`,
      })),
    [boxes],
  );
  return (
    <Plot name={name} height={boxes.length * ROW + 48} tips={tips} weightOfY={20} margins={{ left: 104, top: 6, bottom: 40 }}>
      {(frame) => {
        const toX = xScale(frame, domain);
        return (
          <>
            <BottomAxis frame={frame} axis={{ domain, label, most: 4 }} />
            {boxes.map(({ label: group, numbers }, row) => {
              const y = frame.top + (row + 0.5) * ROW;
              const [from, to] = [toX(numbers.lowerQuartile), toX(numbers.upperQuartile)];
              return (
                <g key={group}>
                  <text className="on" x={94} y={y + 4} textAnchor="end">
                    <title>{group}</title>
                    {shorten(group, 15)}
                  </text>
                  <line className="bx" x1={toX(numbers.low)} x2={toX(numbers.high)} y1={y} y2={y} />
                  <rect className="bxr" x={from} y={y - 7} width={Math.max(1, to - from)} height={14} rx={2} />
                  <line className="bxm" x1={toX(numbers.median)} x2={toX(numbers.median)} y1={y - 7} y2={y + 7} />
                </g>
              );
            })}
          </>
        );
      }}
    </Plot>
  );
}
