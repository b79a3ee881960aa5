import { useState } from "react";
import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { endpointPath, servicePath, W, type WebService } from "./shapes";
import "./services.css";

/** All web services of the workspace. */
export default function ServicesPage() {
  const { data, error } = useLive<WebService[]>(`${W}/webservices`);
  const [filter, setFilter] = useState("");
  const shown = (data ?? []).filter(({ Name }) => Name.toLowerCase().includes(filter.toLowerCase()));
  const endpoints = (data ?? []).reduce((sum, { EndpointCount }) => sum + EndpointCount, 0);
  return (
    <div className="page">
      <PageHead
        title="Web services"
        sub={data && `${data.length} ${data.length === 1 ? "service" : "services"} with ${endpoints.toLocaleString("en")} endpoints.`}
        actions={
          <Field label="Filter services" labelHidden type="search" icon="search" placeholder="Filter services" value={filter} onChange={(event) => setFilter(event.target.value)} />
        }
      />
      {error && <ErrorMessage error={error} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Card title="Web services">
          <Empty title="No web services yet" actions={<LinkButton kind="main" to="/experiments">Open experiments</LinkButton>}>
            Run an experiment, then set it up as a web service.
          </Empty>
        </Card>
      )}
      {data && data.length > 0 && (
        <Card title="Services" note={filter ? `${shown.length} of ${data.length}` : undefined}>
          <Table
            label="Web services"
            rows={shown}
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
              {
                name: "Endpoints",
                figure: true,
                cell: ({ Id, EndpointCount, DefaultEndpointName }) => (
                  <Link className="link" href={EndpointCount === 1 ? endpointPath(Id, DefaultEndpointName) : servicePath(Id)}>
                    {EndpointCount.toLocaleString("en")}
                  </Link>
                ),
              },
              { name: "Published", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
            ]}
          />
          {shown.length === 0 && <p className="pad dim">No service is called that.</p>}
        </Card>
      )}
    </div>
  );
}
