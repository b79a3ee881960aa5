import { linePath } from "./curve";
import { extent, linear } from "./scale";

interface SparklineProps {
  values: readonly (number | null)[];
  /** What a screen reader says: what it shows and where it stands. */
  name: string;
  width?: number;
  height?: number;
}

/** The history of a figure as a line of a word's size, its last value marked. */
export function Sparkline({ values, name, width = 64, height = 20 }: SparklineProps) {
  const known = values.flatMap((value, place) => (value === null || !Number.isFinite(value) ? [] : [{ x: place, y: value }]));
  const last = known.at(-1);
  if (last === undefined) return null;
  const x = linear([0, Math.max(1, values.length - 1)], 2, width - 3);
  const y = linear(extent(known.map((point) => point.y)), height - 3, 3);
  return (
    <svg className="spark ch" width={width} height={height} style={{ width, height }} role="img" aria-label={name}>
      <path className="ln thin k7" d={linePath(known.map((point) => ({ x: x(point.x), y: y(point.y) })))} />
      <circle className="f1" cx={x(last.x)} cy={y(last.y)} r={2.5} />
    </svg>
  );
}

/** A histogram of a word's size. */
export function SparkBars({ counts, name, on = false, width = 94, height = 36 }: {
  counts: readonly number[];
  name: string;
  on?: boolean;
  width?: number;
  height?: number;
}) {
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  return (
    <svg className="spark ch" width={width} height={height} style={{ width, height }} role="img" aria-label={name}>
      {counts.map((count, place) => {
        const size = count === 0 ? 0 : Math.max(1, (count / most) * height);
        return (
          <rect
            key={place}
            className={on ? "f1" : "fm"}
            x={place * step}
            y={height - size}
            width={Math.max(1, Math.min(step - 1, 14))}
            height={size}
          />
        );
      })}
    </svg>
  );
}
