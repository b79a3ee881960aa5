import { tickTexts } from "./figures";
import { type Frame, xScale, yScale } from "./frame";
import { type Domain, ticks } from "./scale";

export interface Axis {
  domain: Domain;
  label?: string | undefined;
  /** About how many ticks. */
  most?: number;
  ticks?: readonly number[];
  text?: (value: number) => string;
}

/** Two to five ticks and a hairline grid across only; the name of the y axis stands above it, level. */
export function Axes({ frame, x, y }: { frame: Frame; x: Axis; y: Axis }) {
  const places = y.ticks ?? ticks(y.domain, y.most ?? 5);
  const texts = y.text ? places.map(y.text) : tickTexts(places);
  const scale = yScale(frame, y.domain);
  return (
    <>
      {places.map((value, place) => (
        <g key={value}>
          <line className="gr" x1={frame.left} x2={frame.right} y1={scale(value)} y2={scale(value)} />
          <text x={frame.left - 8} y={scale(value) + 4} textAnchor="end">
            {texts[place]}
          </text>
        </g>
      ))}
      {y.label && (
        <text className="lab-c" x={0} y={12}>
          {y.label}
        </text>
      )}
      <BottomAxis frame={frame} axis={x} />
    </>
  );
}

/** The x axis alone. */
export function BottomAxis({ frame, axis, at = frame.bottom }: { frame: Frame; axis: Axis; at?: number }) {
  const fitting = Math.max(2, Math.floor((frame.right - frame.left) / 56));
  const places = axis.ticks ?? ticks(axis.domain, Math.min(axis.most ?? 5, fitting));
  const texts = axis.text ? places.map(axis.text) : tickTexts(places);
  const scale = xScale(frame, axis.domain);
  return (
    <>
      <line className="ax" x1={frame.left} x2={frame.right} y1={at} y2={at} />
      {places.map((value, place) => (
        <g key={value}>
          <line className="ax" x1={scale(value)} x2={scale(value)} y1={at} y2={at + 4} />
          <text x={scale(value)} y={at + 17} textAnchor="middle">
            {texts[place]}
          </text>
        </g>
      ))}
      {axis.label && (
        <text className="lab-c" x={(frame.left + frame.right) / 2} y={at + 34} textAnchor="middle">
          {axis.label}
        </text>
      )}
    </>
  );
}
