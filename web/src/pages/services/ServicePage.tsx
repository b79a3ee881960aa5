import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { type Answer, call, getPage } from "../../api/client";
import { forget, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Confirm } from "../../parts/Confirm";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { Table } from "../../parts/Table";
import { asSentence, when } from "../../parts/times";
import { AddEndpointSheet } from "./AddEndpointSheet";
import { type Endpoint, ENDPOINTS, endpointPath, SERVICE, W, type WebService } from "./shapes";
import "./services.css";

const PAGE_SIZE = 50;

/** The endpoints of a service in pages, the next one when asked for. */
function useEndpoints(service: string) {
  return useInfiniteQuery({
    queryKey: [ENDPOINTS, { service }],
    queryFn: ({ pageParam, signal }): Promise<Answer<Endpoint[]>> =>
      pageParam ? getPage(pageParam, signal) : call("GET", ENDPOINTS, { path: { service }, query: { limit: PAGE_SIZE }, signal }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
  });
}

/** One web service with its endpoints. */
export default function ServicePage({ service = "" }: { service?: string }) {
  const { data, error } = useLive<WebService>(SERVICE, { path: { service } });
  const endpoints = useEndpoints(service);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [, go] = useLocation();
  const rows = endpoints.data?.pages.flatMap(({ body }) => body) ?? [];
  const remove = async () => {
    setBusy(true);
    try {
      await call("DELETE", SERVICE, { path: { service } });
      forget(`${W}/webservices`);
      go("/services");
    } catch (found) {
      setFailed(found);
      setDeleting(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="page">
      <PageHead
        title={data?.Name ?? "Web service"}
        crumbs={[["Web services", "/services"]]}
        state={data && <span className="tag">{data.Kind}</span>}
        sub={data && `${asSentence(data.Description || "No description")} Published ${when(data.CreationTime)}.`}
        actions={
          data && (
            <>
              <Menu label={`More for ${data.Name}`} entries={[{ name: "Delete web service", icon: "x", danger: true, act: () => setDeleting(true) }]} />
              <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
                Add endpoint
              </Button>
            </>
          )
        }
      />
      {[error, endpoints.error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {endpoints.isPending && !endpoints.error && <Loading />}
      {rows.length > 0 && (
        <Card
          title="Endpoints"
          note={data && data.EndpointCount.toLocaleString("en")}
          footer={
            endpoints.hasNextPage && (
              <Button size="s" busy={endpoints.isFetchingNextPage} onClick={() => endpoints.fetchNextPage()}>
                Show {PAGE_SIZE} more
              </Button>
            )
          }
        >
          <Table
            label="Endpoints"
            rows={rows}
            rowKey={({ Name }) => Name}
            className="two-lines"
            columns={[
              {
                name: "Endpoint",
                heads: true,
                cell: ({ Name }) => (
                  <Link className="open" href={endpointPath(service, Name)}>
                    {Name}
                  </Link>
                ),
              },
              { name: "Description", cell: ({ Description }) => <span className="dim cut wide" title={Description}>{Description}</span> },
              { name: "Calls at once", figure: true, cell: ({ MaxConcurrentCalls }) => MaxConcurrentCalls },
              { name: "Added", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
            ]}
          />
        </Card>
      )}
      <AddEndpointSheet service={service} open={adding} close={() => setAdding(false)} />
      <Confirm open={deleting} close={() => setDeleting(false)} title={`Delete ${data?.Name ?? "this web service"}?`} act="Delete web service" onAct={remove} busy={busy}>
        Callers of its {data?.EndpointCount ?? 0} endpoints are refused at once, and their keys are gone for good.
      </Confirm>
    </div>
  );
}
