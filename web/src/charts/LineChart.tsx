import { memo, type ReactNode, useCallback, useMemo } from "react";
import { Axes, type Axis } from "./Axes";
import { linePath, type Point, simplify, steps } from "./curve";
import { figure } from "./figures";
import { type Frame, type Margins, xScale, yScale } from "./frame";
import { Mark } from "./Mark";
import { Plot } from "./Plot";
import type { Scale } from "./scale";
import type { Tip } from "./tip";

export interface Series {
  name: string;
  /** 1 is A, 2 is B and dashed, 3 to 7 are further ones. */
  tone: number;
  points: readonly Point[];
  step?: boolean;
  /** Show each point, with its interval if there is one. */
  marks?: boolean;
  intervals?: readonly (readonly [low: number, high: number])[] | undefined;
  /** A grey dashed line: something to compare with. */
  reference?: boolean;
  /** The rows behind each point. */
  rows?: readonly number[] | undefined;
}

interface LineChartProps {
  name: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  height?: number;
  margins?: Margins;
  /** Grey dashed lines that are no data: the diagonal, a share. */
  references?: readonly (readonly Point[])[];
  keys?: boolean;
  /** Colours one side of a vertical line, such as the part to come. */
  tint?: readonly [from: number, to: number] | undefined;
  tip?: (series: Series, place: number) => Omit<Tip, "x" | "y">;
  onPick?: (series: Series, place: number) => void;
  /** What lies above the lines and follows a handle. */
  children?: ((frame: Frame, x: Scale, y: Scale) => ReactNode) | undefined;
}

const TIPS = 400;

/** Lines, steps or marks with intervals, of one model or several. */
export function LineChart(props: LineChartProps) {
  const { name, x, y, series, height = 300, margins, references, keys, tint, tip, onPick, children } = props;
  const places = useMemo(() => series.map(({ points }) => spread(points.length, TIPS)), [series]);
  const tips = useCallback(
    (frame: Frame) => {
      const [toX, toY] = [xScale(frame, x.domain), yScale(frame, y.domain)];
      return series.flatMap((each, which) =>
        places[which]!.map((place) => {
          const point = each.points[place]!;
          const said = tip ? tip(each, place) : { value: figure(point.y), what: `${each.name} at ${figure(point.x)}` };
          return { ...said, x: toX(point.x), y: toY(point.y) };
        }),
      );
    },
    [series, places, x, y, tip],
  );
  const pick = useCallback(
    (_: Tip, place: number) => {
      let left = place;
      series.forEach((each, which) => {
        const count = places[which]!.length;
        if (left >= 0 && left < count) onPick?.(each, places[which]![left]!);
        left -= count;
      });
    },
    [series, places, onPick],
  );
  return (
    <Plot
      name={name}
      height={height}
      margins={margins}
      tips={tips}
      weightOfY={1}
      keys={keys ?? true}
      onPick={onPick ? pick : undefined}
    >
      {(frame) => (
        <>
          <Lines frame={frame} x={x} y={y} series={series} references={references} tint={tint} />
          {children?.(frame, xScale(frame, x.domain), yScale(frame, y.domain))}
        </>
      )}
    </Plot>
  );
}

interface LinesProps {
  frame: Frame;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  references: readonly (readonly Point[])[] | undefined;
  tint: readonly [number, number] | undefined;
}

/** What does not follow the handle, so that a step of the threshold draws rings only. */
const Lines = memo(function Lines({ frame, x, y, series, references = [], tint }: LinesProps) {
  const [toX, toY] = [xScale(frame, x.domain), yScale(frame, y.domain)];
  const pixels = (points: readonly Point[]) => points.map((point) => ({ x: toX(point.x), y: toY(point.y) }));
  return (
    <>
      {tint && (
        <rect
          className="todo"
          x={toX(tint[0])}
          y={frame.top}
          width={Math.max(0, toX(tint[1]) - toX(tint[0]))}
          height={frame.bottom - frame.top}
        />
      )}
      <Axes frame={frame} x={x} y={y} />
      {references.map((points, place) => (
        <path key={place} className="ref" d={linePath(pixels(points))} />
      ))}
      {[...series].reverse().map((each) => {
        const drawn = pixels(each.points);
        const line = each.marks ? drawn : simplify(each.step ? steps(drawn) : drawn);
        const style = each.reference ? "ln thin k7 b" : `ln k${each.tone} ${each.marks ? "thin" : ""} ${each.tone === 2 ? "b" : ""}`;
        return (
          <g key={`${each.tone} ${each.name}`}>
            {each.intervals?.map(([low, high], place) => (
              <line
                key={place}
                className={`iv k${each.tone}`}
                x1={drawn[place]!.x}
                x2={drawn[place]!.x}
                y1={toY(low)}
                y2={toY(high)}
              />
            ))}
            <path className={style} d={linePath(line)} />
            {each.marks && drawn.map((point, place) => <Mark key={place} tone={each.tone} {...point} />)}
          </g>
        );
      })}
    </>
  );
});

/** Up to `most` positions, the first and the last among them. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, place) => place);
  return Array.from({ length: most }, (_, place) => Math.round((place * (count - 1)) / (most - 1)));
}
