import { useBoxWidth } from "../../charts/useBox";
import { clock } from "../../parts/times";
import { dayMarks, LANES, type Mark } from "./day";
import type { Activity } from "./shapes";

const LANE_TOP = 22;
const LANE_HEIGHT = 30;
const HEIGHT = LANE_TOP + LANES.length * LANE_HEIGHT + 2;
const SMALLEST = 4;

function MarkShape({ mark, x, label }: { mark: Mark; x: (hour: number) => number; label: string }) {
  const y = LANE_TOP + mark.lane * LANE_HEIGHT + LANE_HEIGHT / 2;
  const at = x(mark.from);
  if (mark.kind === "failed")
    return (
      <g transform={`translate(${at - 7} ${y - 7})`}>
        <path className="ff" d="M4.2 0h5.6L14 4.2v5.6L9.8 14H4.2L0 9.8V4.2z" />
        <path className="x-mark" d="M4.8 4.8l4.4 4.4M9.2 4.8 4.8 9.2" />
        <title>{label}</title>
      </g>
    );
  if (mark.kind === "swap")
    return (
      <path className="port trained" d={`M${at} ${y - 6.2}l6.2 6.2-6.2 6.2-6.2-6.2z`}>
        <title>{label}</title>
      </path>
    );
  if (mark.kind === "kept")
    return (
      <g transform={`translate(${at - 7} ${y - 7})`}>
        <path className="kept-m" d="M7 .4 12.6 2.6v4.2c0 3.3-2.3 5.7-5.6 7-3.3-1.3-5.6-3.7-5.6-7V2.6z" />
        <path className="kept-x" d="M5 5l4 4M9 5 5 9" />
        <title>{label}</title>
      </g>
    );
  const width = Math.max(mark.kind === "due" ? 9 : SMALLEST, x(mark.to) - at);
  return (
    <rect className={{ ended: "f7", running: "fr", due: "due" }[mark.kind]} x={at} y={y - 5} width={width} height={10} rx={Math.min(3, width / 2)}>
      <title>{label}</title>
    </rect>
  );
}

/** The day in lanes: past left, due (hollow) right of now. */
export function DayStrip({ activity, now }: { activity: Activity; now: Date }) {
  const [box, width] = useBoxWidth<HTMLDivElement>();
  const left = width < 600 ? 74 : 96;
  const x = (hour: number) => left + (hour / 24) * (width - left - 6);
  const step = width < 600 ? 6 : width < 900 ? 4 : 2;
  const marks = dayMarks(activity, now);
  const hours = Array.from({ length: 24 / step + 1 }, (_, place) => place * step);
  const nowAt = x(now.getHours() + now.getMinutes() / 60);
  const count = (kind: Mark["kind"]) => marks.filter((mark) => mark.kind === kind).length;
  const name = `Today: ${count("ended")} ended, ${count("running")} running, ${count("failed")} failed, ${count("swap")} swaps, ${count("due")} due`;
  return (
    <div className="day">
      <div ref={box}>
      {width > 0 && (
        <svg className="ch" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={name}>
          {hours.map((hour) => (
            <g key={hour}>
              {Math.abs(x(hour) - nowAt) > 44 && (
                <text x={x(hour)} y={12} textAnchor={hour === 0 ? "start" : hour === 24 ? "end" : "middle"}>
                  {String(hour).padStart(2, "0")}:00
                </text>
              )}
              <line className="gr" x1={x(hour)} x2={x(hour)} y1={LANE_TOP} y2={HEIGHT - 2} />
            </g>
          ))}
          {LANES.map((lane, place) => (
            <g key={lane}>
              <line className="lane" x1={0} x2={width} y1={LANE_TOP + place * LANE_HEIGHT} y2={LANE_TOP + place * LANE_HEIGHT} />
              <text className="lane-t" x={0} y={LANE_TOP + place * LANE_HEIGHT + 19}>
                {lane}
              </text>
            </g>
          ))}
          {marks.map((mark, place) => (
            <MarkShape key={place} mark={mark} x={x} label={mark.title} />
          ))}
          <line className="now" x1={nowAt} x2={nowAt} y1={18} y2={HEIGHT - 2} />
          <rect className="fa" x={nowAt - 21} y={1} width={42} height={16} rx={8} />
          <text className="now-t" x={nowAt} y={13} textAnchor="middle">
            {clock(now)}
          </text>
        </svg>
      )}
      </div>
    </div>
  );
}
