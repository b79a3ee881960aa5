import { fixed } from "../../charts/figures";
import { linear } from "../../charts/scale";
import { useBoxWidth } from "../../charts/useBox";
import { when } from "../../parts/times";
import { type MetricHistory, placeSpans } from "./metricHistory";

const [TOP, BOTTOM, BAND, HEIGHT] = [18, 44, 52, 92];

/** Above the history: the main metric of the versions that answered, and below it from when to when. */
export function MetricChart({ history: { metric, spans } }: { history: MetricHistory }) {
  const [ref, width] = useBoxWidth<SVGSVGElement>();
  const known = spans.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = linear([low, high === low ? low + 1 : high], BOTTOM, TOP);
  const places = placeSpans(spans, width);
  const name = `${metric} of the versions in turn: ${spans.map(({ word, value }) => `${word} ${fixed(value)}`).join(", ")}`;
  let pen = "M";
  const path = spans.map(({ value }, place) => {
    const [from, to] = places[place]!;
    if (value === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${from.toFixed(1)} ${y(value).toFixed(1)}H${to.toFixed(1)}`;
    pen = "L";
    return step;
  });
  return (
    <div className="mh">
      <svg ref={ref} className="ch" width="100%" height={HEIGHT} role="img" aria-label={name}>
        {width > 0 && (
          <>
            <path className="ln k3" d={path.join("")} />
            {spans.map(({ sequence, word, value, inUse, undone, from }, place) => {
              const [start, end] = places[place]!;
              const room = end - start;
              return (
                <g key={sequence}>
                  <title>{`${word}${value === null ? "" : `, ${metric} ${fixed(value)}`}, change ${sequence}, ${when(new Date(from))}`}</title>
                  {value !== null && room > 44 && (
                    <text className="on" x={start + 4} y={y(value) - 5}>
                      {fixed(value)}
                    </text>
                  )}
                  <rect className={`rb${inUse ? " on" : undone ? " off" : ""}`} x={start + 1} y={BAND} width={Math.max(2, room - 2)} height="18" rx="3" />
                  {room > 26 && (
                    <text className={inUse ? "rbt" : "on"} x={start + 7} y={BAND + 13}>
                      {word}
                    </text>
                  )}
                </g>
              );
            })}
            <text x="0" y={HEIGHT - 6}>
              {when(new Date(spans[0]!.from))}
            </text>
            <text x={width} y={HEIGHT - 6} textAnchor="end">
              now
            </text>
          </>
        )}
      </svg>
    </div>
  );
}
