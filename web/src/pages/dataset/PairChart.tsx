import { useMemo } from "react";
import { useLive } from "../../api/poll";
import { BoxPlot } from "../../charts/BoxPlot";
import { figure, fixed } from "../../charts/figures";
import { HeatMap } from "../../charts/HeatMap";
import { Scatter } from "../../charts/Scatter";
import { extent, nice } from "../../charts/scale";
import { correlation } from "../../charts/statistics";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { pairOf } from "./pair";
import type { TableRows, TableSource } from "./table";

const ROWS = 1000;

/** Two columns against each other, of the first rows; says of how many. */
export function PairChart({ source, first, second }: { source: TableSource; first: string; second: string }) {
  const read = useLive<TableRows>(source.rows, { path: source.path, query: { offset: 0, limit: ROWS }, once: true });
  const pair = useMemo(() => (read.data ? pairOf(read.data, first, second) : null), [read.data, first, second]);
  if (read.error) return <ErrorMessage error={read.error} />;
  if (pair === null || !read.data) return <Loading rows={4} />;
  const rows = read.data.values.length;
  const note = rows < read.data.rows ? `The first ${figure(rows)} of ${figure(read.data.rows)} rows` : `All ${figure(rows)} rows`;
  return (
    <div>
      {pair.kind === "none" && <p className="t12 faint">No row has a value in both columns.</p>}
      {pair.kind === "points" && <PairPoints points={pair.points} first={first} second={second} />}
      {pair.kind === "boxes" && <BoxPlot name={`${pair.number} by ${pair.group}`} boxes={pair.boxes} label={pair.number} />}
      {pair.kind === "heat" && <HeatMap name={`Rows by ${first} and ${second}`} rows={pair.rows} columns={pair.columns} counts={pair.counts} />}
      <p className="t11 faint">{note}</p>
    </div>
  );
}

function PairPoints({ points, first, second }: { points: { x: number; y: number }[]; first: string; second: string }) {
  const clouds = useMemo(() => [{ name: second, tone: 1, points }], [points, second]);
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
