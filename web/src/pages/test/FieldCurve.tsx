import { memo } from "react";
import { linear } from "../../charts/scale";
import { useBoxWidth } from "../../charts/useBox";
import type { Curve } from "./curves";

const HEIGHT = 34;

interface FieldCurveProps {
  curve: Curve;
  /** Whether scores are probabilities: drawn from 0 to 1, with the threshold. */
  isProbability: boolean;
  /** Where the row stands now: its number, or its score for categories. */
  at: { x: number | null; score: number };
}

/** Under a field: how the score moves with this column alone, with the row as it is as a ring. */
export const FieldCurve = memo(function FieldCurve({ curve, isProbability, at }: FieldCurveProps) {
  const [ref, width] = useBoxWidth<SVGSVGElement>();
  const all = [...curve.points, ...curve.values].map(({ score }) => score).concat(at.score);
  const [low, high] = isProbability ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const name = `The score goes from ${short(Math.min(...all))} to ${short(Math.max(...all))} with this column alone`;
  return (
    <svg ref={ref} className="ch rc" height={HEIGHT} role="img" aria-label={name}>
      {width > 0 &&
        (curve.points.length > 0
          ? numbers(curve, at, isProbability, width, low!, high!)
          : values(curve, at.score, isProbability, width, low!, high!))}
    </svg>
  );
});

function numbers({ points }: Curve, at: FieldCurveProps["at"], isProbability: boolean, width: number, low: number, high: number) {
  const x = linear([points[0]!.x, points.at(-1)!.x], 4, width - 4);
  const y = linear([low, high], HEIGHT - 4, 4);
  const path = points.map((point, place) => `${place ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.score).toFixed(1)}`);
  const place = at.x === null ? null : Math.min(Math.max(x(at.x), 4), width - 4);
  return (
    <>
      {isProbability && <line className="half" x1="0" x2={width} y1={y(0.5)} y2={y(0.5)} />}
      <path className="ln thin k1" d={path.join("")} />
      {place !== null && <line className="gr" x1={place} x2={place} y1="2" y2={HEIGHT - 2} />}
      {place !== null && <circle className="hnd k1" cx={place} cy={y(at.score)} r="4" />}
    </>
  );
}

function values({ values }: Curve, score: number, isProbability: boolean, width: number, low: number, high: number) {
  const x = linear([low, high], 5, width - 5);
  const middle = HEIGHT / 2;
  return (
    <>
      <line className="ax" x1="0" x2={width} y1={middle} y2={middle} />
      {isProbability && <line className="half" x1={x(0.5)} x2={x(0.5)} y1="4" y2={HEIGHT - 4} />}
      {values.map((item) => (
        <line key={item.value} className="tick k1" x1={x(item.score)} x2={x(item.score)} y1="11" y2="23">
          <title>{`${item.value}: ${short(item.score)}`}</title>
        </line>
      ))}
      <circle className="hnd k1" cx={x(score)} cy={middle} r="4.5" />
    </>
  );
}

function short(score: number): string {
  return String(Number.parseFloat(score.toPrecision(4)));
}
