import { figure, signed } from "../../../charts/figures";
import { linear } from "../../../charts/scale";
import { useBoxWidth } from "../../../charts/useBox";
import type { ShadowOutput } from "./shapes";

const HEIGHT = 56;
type Differences = NonNullable<ShadowOutput["Differences"]>;

/** How the candidate's scores differ: the middle half as a box, 90 % as a line, and where nothing would differ. */
export function Spread({ differences: { P5, P25, P50, P75, P95 } }: { differences: Differences }) {
  const [box, width] = useBoxWidth<HTMLDivElement>();
  const most = Math.max(Math.abs(P5), Math.abs(P95), 1e-9);
  const x = linear([-most, most], 28, Math.max(29, width - 28));
  const name = `The candidate's score minus the answered one: half of the rows from ${signed(P25)} to ${signed(P75)}, 90 % from ${signed(P5)} to ${signed(P95)}, the middle ${signed(P50)}`;
  return (
    <div ref={box}>
      {width > 0 && (
        <svg className="ch" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={name}>
          <title>{name}</title>
          <line className="ax" x1={28} x2={width - 28} y1={34} y2={34} />
          <line className="th" x1={x(0)} x2={x(0)} y1={2} y2={34} />
          <line className="bx" x1={x(P5)} x2={x(P95)} y1={18} y2={18} />
          <rect className="bxr" x={x(P25)} y={9} width={Math.max(2, x(P75) - x(P25))} height={18} />
          <line className="bxm" x1={x(P50)} x2={x(P50)} y1={9} y2={27} />
          {[-most, 0, most].map((value) => (
            <text key={value} x={x(value)} y={50} textAnchor="middle">
              {value === 0 ? "no difference" : `${value > 0 ? "+" : "−"}${figure(Math.abs(value), 2)}`}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
