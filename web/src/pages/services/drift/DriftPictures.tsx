import { linePath } from "../../../charts/curve";
import { figure, percent } from "../../../charts/figures";
import { linear } from "../../../charts/scale";
import { type DriftColumn, type Leading, measureWords } from "./report";

const [WIDTH, HEIGHT] = [120, 28];
const SIZE = { width: WIDTH, height: HEIGHT };

/** A measure over the windows with its threshold; where it fired, a mark. */
export function MeasureLine({ column, found }: { column: DriftColumn; found: Leading }) {
  const known = found.values.flatMap((value, place) => (value === null ? [] : [{ x: place, y: value }]));
  const x = linear([0, Math.max(1, found.values.length - 1)], 4, WIDTH - 4);
  const y = linear([0, Math.max(found.threshold * 1.3, ...known.map((point) => point.y))], HEIGHT - 4, 4);
  const fired = known.filter((point) => column.Fired[point.x]?.includes(found.measure));
  const name = `${measureWords(found.measure)} of ${column.Name}: ${figure(found.latest, 3)}, threshold ${figure(found.threshold, 3)}, fired in ${fired.length} of ${known.length} windows`;
  return (
    <svg className="spark ch" {...SIZE} style={SIZE} role="img" aria-label={name}>
      <line className="th" x1={0} x2={WIDTH} y1={y(found.threshold)} y2={y(found.threshold)} />
      <path className="ln thin k7" d={linePath(known.map((point) => ({ x: x(point.x), y: y(Math.max(0, point.y)) })))} />
      {fired.map((point) => (
        <circle key={point.x} className="ff" cx={x(point.x)} cy={y(Math.max(0, point.y))} r={3} />
      ))}
    </svg>
  );
}

/** The shares of the training and of the logged rows over each other, bin by bin. */
export function Distributions({ column: { Name, Distribution: found } }: { column: DriftColumn }) {
  const bins = found.Baseline.length;
  if (bins === 0) return <span className="faint">–</span>;
  const y = linear([0, Math.max(1e-9, ...found.Baseline, ...found.Window)], HEIGHT, 2);
  const step = WIDTH / bins;
  const name = `${Name}: shares of the training and of the logged rows in ${bins} bins; missing ${percent(found.BaselineMissing)} and ${percent(found.WindowMissing)}`;
  return (
    <svg className="spark ch" {...SIZE} style={SIZE} role="img" aria-label={name}>
      {found.Baseline.map((share, bin) => (
        <g key={bin}>
          <title>{`${binWords(found, bin)}: training ${percent(share)}, logged ${percent(found.Window[bin])}`}</title>
          <rect className="fm" x={bin * step} y={y(share)} width={Math.max(1, step - 1)} height={HEIGHT - y(share)} />
          <rect className="f1" x={bin * step + step / 4} y={y(found.Window[bin] ?? 0)} width={Math.max(1, step / 2 - 1)} height={HEIGHT - y(found.Window[bin] ?? 0)} />
        </g>
      ))}
    </svg>
  );
}

/** Which cells a bin holds. */
function binWords({ Edges, Labels }: DriftColumn["Distribution"], bin: number): string {
  if (Labels.length > 0) return Labels[bin] ?? "others";
  const edge = (place: number) => (typeof Edges[place] === "number" ? figure(Edges[place]) : String(Edges[place]));
  if (Edges.length === 0) return "all";
  if (bin === 0) return `below ${edge(0)}`;
  return bin >= Edges.length ? `above ${edge(Edges.length - 1)}` : `${edge(bin - 1)} to ${edge(bin)}`;
}
