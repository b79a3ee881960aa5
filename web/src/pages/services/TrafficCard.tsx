import { useState } from "react";
import { useLive } from "../../api/poll";
import { ApiError } from "../../api/errors";
import { figure, percent } from "../../charts/figures";
import { useBoxWidth } from "../../charts/useBox";
import { Card } from "../../parts/Card";
import { ErrorMessage } from "../../parts/Message";
import { Segments } from "../../parts/Tabs";
import { clock, when } from "../../parts/times";
import { ENDPOINT } from "./shapes";
import { type EndpointMetrics, errorWords, type Range, trafficBars } from "./traffic";

const SHOWN = [["1", "1 h"], ["24", "24 h"], ["168", "7 d"]] as const;
const HEIGHT = 120;

/** How many calls there were, how long they took, and which failed. */
export function TrafficCard({ path }: { path: { service: string; endpoint: string } }) {
  const [range, setRange] = useState<Range>("24");
  const { data, error } = useLive<EndpointMetrics>(`${ENDPOINT}/metrics`, { path, query: { hours: range === "1" ? 2 : range } });
  if (error instanceof ApiError && error.status === 404) return null;
  return (
    <Card title="Traffic" note="as this app counted it" actions={<Segments label="Hours" options={SHOWN} value={range} choose={setRange} />}>
      <div className="cpad col g12">
        {error && <ErrorMessage error={error} />}
        {data?.Calls === 0 && <p className="dim">No calls in the {range === "1" ? "last hours" : range === "24" ? "last 24 hours" : "last 7 days"}. Test sends the first one.</p>}
        {data && data.Calls > 0 && <Bars metrics={data} range={range} />}
        {data && data.Calls > 0 && (
          <dl className="facts">
            <div>
              <dt>Calls</dt>
              <dd>{data.Calls.toLocaleString("en")}</dd>
            </div>
            <div>
              <dt>Half within</dt>
              <dd>{figure(data.P50, 3)} ms</dd>
            </div>
            <div>
              <dt>95 % within</dt>
              <dd>{figure(data.P95, 3)} ms</dd>
            </div>
            <div>
              <dt>Failed</dt>
              <dd title={errorWords(data.Errors)}>{data.Calls > 0 ? percent(data.Failed / data.Calls, 2) : "–"}</dd>
            </div>
            <div>
              <dt>Most at once</dt>
              <dd>{data.Peak}</dd>
            </div>
          </dl>
        )}
        {data && errorWords(data.Errors) && <p className="t12 dim">Errors by status: {errorWords(data.Errors)}</p>}
      </div>
    </Card>
  );
}

function Bars({ metrics, range }: { metrics: EndpointMetrics; range: Range }) {
  const [box, width] = useBoxWidth<HTMLDivElement>();
  const bars = trafficBars(metrics, range);
  const most = Math.max(1, ...bars.map(({ calls }) => calls));
  const step = bars.length === 0 ? 0 : width / bars.length;
  const tall = (calls: number) => (calls === 0 ? 0 : Math.max(1, (calls / most) * (HEIGHT - 26)));
  const [first, last] = [bars[0], bars.at(-1)];
  const label = (at: Date) => (range === "168" ? when(at) : clock(at));
  return (
    <div ref={box}>
      {width > 0 && first && last && (
        <svg className="ch" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${metrics.Calls.toLocaleString("en")} calls, at most ${most.toLocaleString("en")} ${range === "1" ? "in five minutes" : "an hour"}`}>
          <line className="gr" x1={0} x2={width} y1={6} y2={6} />
          <text x={0} y={18}>
            {most.toLocaleString("en")}
          </text>
          <line className="ax" x1={0} x2={width} y1={HEIGHT - 20} y2={HEIGHT - 20} />
          {bars.map(({ at, calls, failed }, place) => (
            <g key={at.getTime()}>
              <rect className="f7" x={place * step} y={HEIGHT - 20 - tall(calls)} width={Math.max(1, step - 1)} height={tall(calls)} />
              <rect className="ff" x={place * step} y={HEIGHT - 20 - tall(failed)} width={Math.max(1, step - 1)} height={tall(failed)} />
              <title>{`${label(at)}: ${calls.toLocaleString("en")} calls, ${failed} failed`}</title>
            </g>
          ))}
          <text x={0} y={HEIGHT - 5}>
            {label(first.at)}
          </text>
          <text x={width} y={HEIGHT - 5} textAnchor="end">
            {label(last.at)}
          </text>
        </svg>
      )}
    </div>
  );
}
