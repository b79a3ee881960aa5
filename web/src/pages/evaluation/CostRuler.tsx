import { memo, type PointerEvent, useMemo } from "react";
import { linePath } from "../../charts/curve";
import { figure } from "../../charts/figures";
import { Mark } from "../../charts/Mark";
import { linear } from "../../charts/scale";
import { useBoxWidth } from "../../charts/useBox";
import type { ThresholdSide } from "./Side";
import { bestThreshold, costOf, costPoints, countsAt, stepped } from "./thresholds";

interface CostRulerProps {
  sides: readonly ThresholdSide[];
  threshold: number;
  missCost: number;
  onThreshold: (threshold: number) => void;
}

const HEIGHT = 84;
const TRACK = 65;
const LABEL = 200;

/** One ruler for the threshold, with the cost of each model above it. */
export function CostRuler({ sides, threshold, missCost, onThreshold }: CostRulerProps) {
  const [ref, width] = useBoxWidth<HTMLDivElement>();
  const toX = useMemo(() => linear([0, 1], 8, Math.max(9, width - 8)), [width]);
  const costs = sides.map(({ curve }) => figure(costOf(countsAt(curve, threshold), missCost), 3));
  function onPointer(event: PointerEvent<SVGSVGElement>) {
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const left = event.currentTarget.getBoundingClientRect().left;
    onThreshold(stepped(Math.round(toX.invert(event.clientX - left) * 100) / 100, 0));
  }
  const x = toX(threshold);
  const right = x < width / 2;
  const beside = right ? Math.min(x + 8, width - LABEL) : Math.max(x - 8, LABEL);
  return (
    <div className="rul" ref={ref}>
      {width > 0 && (
        <svg
          className="ch"
          width={width}
          height={HEIGHT}
          style={{ width, height: HEIGHT }}
          role="slider"
          tabIndex={0}
          aria-label="Threshold"
          aria-valuemin={0}
          aria-valuemax={1}
          aria-valuenow={threshold}
          aria-valuetext={`${threshold}, cost per 100 rows ${costs.join(" and ")}`}
          onPointerDown={onPointer}
          onPointerMove={onPointer}
        >
          <Costs sides={sides} missCost={missCost} width={width} />
          <rect className="trk" x={8} y={TRACK - 2} width={width - 16} height={4} rx={2} />
          <rect className="fa" x={8} y={TRACK - 2} width={Math.max(0, x - 8)} height={4} rx={2} />
          <line className="thl" x1={x} x2={x} y1={4} y2={TRACK} />
          <text className="halo" x={beside} y={14} textAnchor={right ? "start" : "end"}>
            Cost per 100 rows: <tspan className="val">{costs.join(" and ")}</tspan>
          </text>
          <circle className="hnd ka" cx={x} cy={TRACK} r={6.5} />
        </svg>
      )}
    </div>
  );
}

/** The curves, which change with the cost of a miss only; the lowest point of each is marked. */
const Costs = memo(function Costs({ sides, missCost, width }: { sides: readonly ThresholdSide[]; missCost: number; width: number }) {
  const toX = linear([0, 1], 8, Math.max(9, width - 8));
  const curves = sides.map(({ curve }) => costPoints(curve, missCost));
  const most = Math.max(1e-9, ...curves.flat().map((point) => point.y));
  const toY = linear([0, most], TRACK - 10, 18);
  const places = width < 420 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  return (
    <>
      {sides.map(({ tone }, place) => (
        <path
          key={tone}
          className={`ln thin k${tone} ${tone === 2 ? "b" : ""}`}
          d={linePath(curves[place]!.map((point) => ({ x: toX(point.x), y: toY(point.y) })))}
        />
      ))}
      {sides.map(({ tone, curve }) => {
        const best = bestThreshold(curve, (counts) => -costOf(counts, missCost));
        return <Mark key={tone} tone={tone} x={toX(Math.max(0, Math.min(1, best)))} y={toY(costOf(countsAt(curve, best), missCost))} size={3.5} />;
      })}
      {places.map((value) => (
        <text key={value} x={toX(value)} y={HEIGHT - 1} textAnchor="middle">
          {value}
        </text>
      ))}
    </>
  );
});
