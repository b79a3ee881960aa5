import { memo, type ReactNode, useCallback } from "react";
import { Axes, type Axis } from "./Axes";
import type { Point } from "./curve";
import { figure } from "./figures";
import { type Frame, xScale, yScale } from "./frame";
import { Plot } from "./Plot";
import type { Scale } from "./scale";

export interface Cloud {
  name: string;
  tone: number;
  points: readonly Point[];
}

interface ScatterProps {
  name: string;
  x: Axis;
  y: Axis;
  clouds: readonly Cloud[];
  height?: number;
  references?: readonly (readonly Point[])[];
  children?: (frame: Frame, x: Scale, y: Scale) => ReactNode;
}

const TIPS = 1500;

/** Rows as points; all points of a cloud are one path, so that thousands are drawn at once. */
export function Scatter({ name, x, y, clouds, height = 300, references = [], children }: ScatterProps) {
  const tips = useCallback(
    (frame: Frame) => {
      const [toX, toY] = [xScale(frame, x.domain), yScale(frame, y.domain)];
      return clouds.flatMap((cloud) =>
        cloud.points.slice(0, TIPS).map((point) => ({
          x: toX(point.x),
          y: toY(point.y),
          value: figure(point.y),
          what: `${y.label ?? "y"} at ${x.label ?? "x"} ${figure(point.x)}`,
          rows: clouds.length > 1 ? cloud.name : undefined,
        })),
      );
    },
    [clouds, x, y],
  );
  const left = Math.max(34, 14 + 7 * Math.max(...y.domain.map((value) => figure(value).length)));
  return (
    <Plot name={name} height={height} tips={tips} weightOfY={1} margins={{ left }}>
      {(frame) => (
        <>
          <Points frame={frame} x={x} y={y} clouds={clouds} references={references} />
          {children?.(frame, xScale(frame, x.domain), yScale(frame, y.domain))}
        </>
      )}
    </Plot>
  );
}

interface PointsProps {
  frame: Frame;
  x: Axis;
  y: Axis;
  clouds: readonly Cloud[];
  references: readonly (readonly Point[])[];
}

const Points = memo(function Points({ frame, x, y, clouds, references }: PointsProps) {
  const [toX, toY] = [xScale(frame, x.domain), yScale(frame, y.domain)];
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return (
    <>
      <Axes frame={frame} x={x} y={y} />
      {references.map((points, place) => (
        <path key={place} className="ref" d={`M${points.map((point) => `${tenth(toX(point.x))} ${tenth(toY(point.y))}`).join("L")}`} />
      ))}
      {clouds.map((cloud) => (
        <path
          key={`${cloud.tone} ${cloud.name}`}
          className={`cloud k${cloud.tone} ${cloud.points.length > 400 ? "many" : ""}`}
          d={cloud.points.map((point) => `M${tenth(toX(point.x))} ${tenth(toY(point.y))}h0`).join("")}
        />
      ))}
    </>
  );
});
