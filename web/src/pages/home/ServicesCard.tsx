import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { servicePath, W, type WebService } from "../services/shapes";

const MOST = 8;

/** The workspace's services, the latest first. */
export function ServicesCard() {
  const { data } = useLive<WebService[]>(`${W}/webservices`);
  if (data === undefined) return null;
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
            { name: "Endpoints", figure: true, cell: ({ EndpointCount }) => `${EndpointCount.toLocaleString("en")}` },
            { name: "Published", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
          ]}
        />
      )}
    </Card>
  );
}
