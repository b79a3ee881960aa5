import { useState } from "react";
import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { Table } from "../../parts/Table";
import type { WebService } from "../services/shapes";
import { updatable, type UsedModel } from "./updatable";

interface UpdateProps {
  /** A model and its version, or the experiment whose run was evaluated. */
  wanted: { model?: string; version?: string; experiment?: string };
}

const W = "/workspaces/{workspace}";

/** Choose the endpoint that is to take the model; its own sheet compares and swaps. */
export function UpdateAnEndpoint({ wanted }: UpdateProps) {
  const [open, setOpen] = useState(false);
  const models = useLive<UsedModel[]>(`${W}/models`, { query: { limit: 1000 }, enabled: open });
  const services = useLive<WebService[]>(`${W}/webservices`, { enabled: open });
  const error = models.error ?? services.error;
  const nameOf = (id: string) => services.data?.find(({ Id }) => Id === id)?.Name ?? "…";
  const rows = models.data && services.data && updatable(models.data, services.data, wanted);
  const about = wanted.version === undefined ? "On the endpoint's page, choose the model that it takes." : `Version ${wanted.version} of ${wanted.model} is chosen there already.`;
  return (
    <>
      <Button kind="main" icon="swap" onClick={() => setOpen(true)}>
        Update an endpoint
      </Button>
      <Sheet open={open} close={() => setOpen(false)} title="Update an endpoint" sub={`${about} Nothing is swapped before you confirm.`}>
        {error && <ErrorMessage error={error} />}
        {!rows && !error && <Loading rows={3} />}
        {rows?.length === 0 && (
          <Empty title="No endpoint takes this model yet">
            Set the experiment up as a web service and add an endpoint to it. The default endpoint follows its experiment: publish that again instead.
          </Empty>
        )}
        {rows && rows.length > 0 && (
          <Table
            label="Endpoints"
            rows={rows}
            rowKey={({ to }) => to}
            columns={[
              {
                name: "Endpoint",
                heads: true,
                cell: ({ endpoint, to }) => (
                  <Link href={to} className="target cut" title={endpoint}>
                    {endpoint}
                  </Link>
                ),
              },
              { name: "Web service", cell: ({ service }) => <span className="cut">{nameOf(service)}</span> },
              { name: "In use", figure: true, cell: ({ version }) => (version === null ? "–" : `Version ${version}`) },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}
