import type { EdgeProps } from "@xyflow/react";
import { memo } from "react";
import type { Wire } from "./graph";
import type { Point } from "./document";
import { CLASSES } from "./marks";
import { useOverview } from "./ModuleNode";
import { route } from "./routing";

const NEAR = 14;

const isNear = ([x, y]: Point, atX: number, atY: number) => Math.abs(x - atX) < NEAR && Math.abs(y - atY) < NEAR;

/** A connection: in the colour of what flows, flowing while it does; rows where their number changes. */
export const WireEdge = memo(function WireEdge({ data, selected, sourceX, sourceY, targetX, targetY }: EdgeProps<Wire>) {
  const isFar = useOverview();
  if (!data) return null;
  const { start, end, type, state, count } = data;
  const isStill = isNear(start, sourceX, sourceY) && isNear(end, targetX, targetY);
  // While a module is dragged its connections take the straight way.
  const path = isStill ? data.path : route([sourceX, sourceY - 7], [targetX, targetY + 7], []);
  const kind = type ? CLASSES[type] : "";
  if (isFar) return <path className={`edge far ${kind} ${state}${selected ? " picked" : ""}`} d={path} />;
  return (
    <>
      <path className={`edge ${kind} ${state}${selected ? " picked" : ""}`} d={path} />
      <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={16} />
      {count && isStill && (
        <text className="rows" x={start[0] + 8} y={start[1] + 16}>
          {count}
        </text>
      )}
    </>
  );
});
