import { useMemo } from "react";
import { BoxPlot } from "../../charts/BoxPlot";
import { fixed } from "../../charts/figures";
import { HeatMap } from "../../charts/HeatMap";
import { Scatter } from "../../charts/Scatter";
import type { Point } from "../../charts/curve";
import { extent, nice } from "../../charts/scale";
import { correlation } from "../../charts/statistics";
import { pointsByClass } from "./byClass";
import { pairOf } from "./pair";
import type { TableRows } from "./table";

interface PairChartProps {
  table: TableRows;
  first: string;
  second: string;
  /** The column whose classes have colours. */
  by: string | null;
}

/** Two columns against each other, of the rows that were read. */
export function PairChart({ table, first, second, by }: PairChartProps) {
  const pair = useMemo(() => pairOf(table, first, second), [table, first, second]);
  return (
    <div>
      {pair.kind === "none" && <p className="t12 faint">No row has a value in both columns.</p>}
      {pair.kind === "points" && <PairPoints table={table} points={pair.points} first={first} second={second} by={by} />}
      {pair.kind === "boxes" && <BoxPlot name={`${pair.number} by ${pair.group}`} boxes={pair.boxes} label={pair.number} />}
      {pair.kind === "heat" && <HeatMap name={`Rows by ${first} and ${second}`} rows={pair.rows} columns={pair.columns} counts={pair.counts} />}
    </div>
  );
}

interface PairPointsProps extends PairChartProps {
  points: (Point & { row: number })[];
}

function PairPoints({ table, points, first, second, by }: PairPointsProps) {
  const clouds = useMemo(() => (by === null ? [{ name: second, tone: 1, points }] : pointsByClass(table, points, by)), [table, points, second, by]);
  const x = useMemo(() => ({ domain: nice(extent(points.map((point) => point.x))), label: first }), [points, first]);
  const y = useMemo(() => ({ domain: nice(extent(points.map((point) => point.y))), label: second }), [points, second]);
  const linked = correlation(points.map((point) => point.x), points.map((point) => point.y));
  return (
    <>
      <Scatter name={`${second} against ${first}: correlation ${fixed(linked, 2)}`} x={x} y={y} clouds={clouds} height={240} />
      <p className="t12 dim">Correlation {fixed(linked, 2)}</p>
    </>
  );
}
