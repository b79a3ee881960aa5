import { useMemo, useState } from "react";
import { useLive } from "../../../api/poll";
import { ChartCard } from "../../../charts/ChartCard";
import { ChartTableView } from "../../../charts/ChartTableView";
import { figure } from "../../../charts/figures";
import { Legend } from "../../../charts/Legend";
import { LineChart, type Series } from "../../../charts/LineChart";
import { extent, nice } from "../../../charts/scale";
import { Card } from "../../../parts/Card";
import { Select } from "../../../parts/Field";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage } from "../../../parts/Message";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import { dayTable, linesOf, type LiveDay, type LiveMetrics, liveTable, metricNames, truthWords } from "./live";
import "../../../charts/charts.css";

const DAY_MS = 86_400_000;
/** A line more could not be told from the others. */
const MOST_LINES = 6;

/** How the models do on the truths that came, by day; the same metrics as Evaluate Model's. */
export function LiveCard({ path }: { path: EndpointPath }) {
  const { data, error } = useLive<LiveMetrics>(`${ENDPOINT}/livemetrics`, { path });
  if (error) return <ErrorMessage error={error} />;
  if (!data) return <div className="card"><Loading rows={4} /></div>;
  return metricNames(data.Days).length === 0 ? <NoTruths days={data.Days} /> : <Measured days={data.Days} />;
}

function NoTruths({ days }: { days: readonly LiveDay[] }) {
  return (
    <Card title="Live metrics" note={truthWords(days)}>
      <p className="pad dim">The metrics of Evaluate Model, by day and model, on the rows whose truth is known. They come within two minutes after the first truths: drop a file of them, or send them to the endpoint&apos;s feedback route.</p>
    </Card>
  );
}

function Measured({ days }: { days: readonly LiveDay[] }) {
  const metrics = metricNames(days);
  const [chosen, choose] = useState("");
  const metric = metrics.includes(chosen) ? chosen : (metrics[0] ?? "");
  const select = <Select label="Metric" labelHidden size="s" options={metrics} value={metric} onChange={(event) => choose(event.target.value)} />;
  const several = new Set(days.map(({ Day }) => Day)).size > 1;
  return (
    <ChartCard title="Live metrics" note={truthWords(days)} table={() => liveTable(days)} extra={several && select} drawn={several}>
      {several ? <Lines days={days} metric={metric} /> : <ChartTableView title="Live metrics" table={dayTable(days)} />}
    </ChartCard>
  );
}

function Lines({ days, metric }: { days: readonly LiveDay[]; metric: string }) {
  const lines = useMemo(() => linesOf(days, metric).slice(-MOST_LINES), [days, metric]);
  const series = useMemo<Series[]>(
    () =>
      lines.map(({ name, days: found }, place) => ({
        name,
        tone: place + 1,
        marks: true,
        points: found.map((day) => ({ x: Date.parse(day.Day), y: day.Metrics[metric] ?? 0 })),
        rows: found.map(({ Measured }) => Measured),
      })),
    [lines, metric],
  );
  const all = series.flatMap(({ points }) => points);
  const [first, last] = extent(all.map(({ x }) => x));
  const dates = { domain: [first, Math.max(last, first + DAY_MS)] as const, ticks: spreadDays(first, last), text: dayWord };
  return (
    <LineChart
      name={`${metric} by day: ${series.map(({ name, points }) => `${name} ${figure(points.at(-1)?.y)} at last`).join(", ")}`}
      x={dates}
      y={{ domain: nice(extent(all.map(({ y }) => y))), label: metric }}
      series={series}
      height={260}
      margins={{ left: 44, right: 20 }}
      tip={(each, place) => ({ value: figure(each.points[place]?.y), what: `${each.name}, ${dayWord(each.points[place]?.x ?? 0)}, ${(each.rows?.[place] ?? 0).toLocaleString("en")} rows` })}
    >
      {(frame) => <Legend x={frame.left + 14} y={frame.bottom - 12 - 18 * (series.length - 1)} entries={series.map(({ tone, name, points }) => ({ tone, name, value: figure(points.at(-1)?.y) }))} />}
    </LineChart>
  );
}

function dayWord(time: number): string {
  return new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/** At most five days from the first to the last. */
function spreadDays(first: number, last: number): number[] {
  const days = Math.round((last - first) / DAY_MS);
  const step = Math.max(1, Math.ceil(days / 4));
  return Array.from({ length: Math.floor(days / step) + 1 }, (_, place) => first + place * step * DAY_MS);
}
