import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { Card } from "../../parts/Card";
import { Table } from "../../parts/Table";
import { endpointPath, followsExperiment, servicePath, W, type WebService } from "../services/shapes";
import type { Model } from "./words";

const MOST = 200;

/** Where the model answers, by version; each leads to its endpoint, where another version is taken. */
export function UsedCard({ uses, latest }: { uses: Model["UsedBy"]; latest: number | undefined }) {
  const { data: services = [] } = useLive<WebService[]>(`${W}/webservices`, { enabled: uses.length > 0 });
  const serviceOf = (id: string) => services.find(({ Id }) => Id === id);
  const nameOf = (id: string) => serviceOf(id)?.Name ?? "Web service";
  return (
    <Card title="Used by" note={uses.length > 0 ? uses.length.toLocaleString("en") : undefined} footer={uses.length > MOST && `The first ${MOST} of ${uses.length.toLocaleString("en")}.`}>
      {uses.length === 0 ? (
        <p className="pad dim">No endpoint uses it. Open an endpoint and update its resource, or publish the model as a web service.</p>
      ) : (
        <Table
          label="Endpoints that use it"
          className="two-rows"
          rows={uses.slice(0, MOST)}
          rowKey={({ EndpointId }) => EndpointId}
          columns={[
            {
              name: "Endpoint",
              heads: true,
              cell: ({ WebServiceId, Endpoint }) => (
                <Link className="target cut" href={endpointPath(WebServiceId, Endpoint)}>
                  {Endpoint}
                </Link>
              ),
            },
            {
              name: "Web service",
              cell: ({ WebServiceId }) => (
                <Link className="link cut wide" href={servicePath(WebServiceId)} title={nameOf(WebServiceId)}>
                  {nameOf(WebServiceId)}
                </Link>
              ),
            },
            {
              name: "Version",
              figure: true,
              cell: ({ Version, Endpoint, WebServiceId }) => (
                <span data-name="Version">
                  {Version}
                  {latest !== undefined && Version < latest && !followsExperiment(Endpoint, serviceOf(WebServiceId)) && <span className="faint t12"> of {latest}</span>}
                </span>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
