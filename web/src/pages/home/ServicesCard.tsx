import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { SparkBars } from "../../charts/Sparkline";
import { LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { servicePath, W, type WebService } from "../services/shapes";
import type { Activity } from "./shapes";

const MOST = 8;

/** The workspace's services, the latest first, each with its calls by hour. */
export function ServicesCard({ traffic }: { traffic: Activity["Traffic"] }) {
  const { data } = useLive<WebService[]>(`${W}/webservices`);
  if (data === undefined) return null;
  const calls = new Map(traffic.WebServices.map((counts) => [counts.WebServiceId, counts]));
  const latest = [...data].sort((one, other) => other.CreationTime.localeCompare(one.CreationTime));
  return (
    <Card
      title="Web services"
      note={data.length || undefined}
      className="o-svc"
      actions={<LinkButton kind="quiet" size="s" to="/services" after="right">All services</LinkButton>}
      footer={data.length > MOST && `And ${data.length - MOST} more`}
    >
      {data.length === 0 ? (
        <Empty title="No web services yet" actions={<LinkButton to="/experiments">Open experiments</LinkButton>}>
          Run an experiment, then set it up as a web service.
        </Empty>
      ) : (
        <Table
          label="Web services"
          rows={latest.slice(0, MOST)}
          rowKey={({ Id }) => Id}
          className="two-lines"
          columns={[
            {
              name: "Service",
              heads: true,
              cell: ({ Id, Name }) => (
                <Link className="open cut" href={servicePath(Id)} title={Name}>
                  {Name}
                </Link>
              ),
            },
            { name: "Kind", cell: ({ Kind }) => <span className="tag">{Kind}</span> },
            { name: "Endpoints", figure: true, cell: ({ EndpointCount }) => <Counted count={EndpointCount} word={EndpointCount === 1 ? "endpoint" : "endpoints"} /> },
            {
              name: "Calls, 24 h",
              cell: ({ Id, Name }) => {
                const counts = calls.get(Id);
                return counts ? (
                  <span className="row g6">
                    <SparkBars counts={counts.ByHour} name={`Calls of ${Name} by hour`} width={72} height={20} />
                    <Counted count={counts.Calls} word={counts.Calls === 1 ? "call" : "calls"} />
                    {counts.Failed > 0 && <span className="bad-text t12">{`${counts.Failed.toLocaleString("en")} failed`}</span>}
                  </span>
                ) : (
                  <span className="faint">no calls</span>
                );
              },
            },
            { name: "Published", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
          ]}
        />
      )}
    </Card>
  );
}

/** A figure, whose column is named above it; on a phone, where columns have no heads, the word stands beside it. */
function Counted({ count, word }: { count: number; word: string }) {
  return (
    <span className="nowrap">
      {count.toLocaleString("en")}
      <span className="narrow-word"> {word}</span>
    </span>
  );
}
