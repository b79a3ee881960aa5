import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import { type Answer, call, getPage } from "../../api/client";
import { useSettled } from "../../api/useSettled";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { LongTable } from "../../parts/LongTable";
import { ErrorMessage } from "../../parts/Message";
import type { Column } from "../../parts/Table";
import { when } from "../../parts/times";
import { byName } from "./byName";
import { type Endpoint, ENDPOINTS, endpointPath } from "./shapes";

// The first page is soon there; the others are asked for while one scrolls.
const FIRST_PAGE = 50;
// So many are read at once, and stand in the order of their names; the app's own order is that of their ids.
const AT_ONCE = 1000;
const FEW = 8;

/** The endpoints of a service whose name contains what is searched, a page after the other. */
function useEndpoints(service: string, search: string, count: number | undefined) {
  const limit = count !== undefined && count <= AT_ONCE ? AT_ONCE : FIRST_PAGE;
  return useInfiniteQuery({
    queryKey: [ENDPOINTS, { service }, search, limit],
    enabled: count !== undefined,
    queryFn: ({ pageParam, signal }): Promise<Answer<Endpoint[]>> =>
      pageParam
        ? getPage(pageParam, signal)
        : call("GET", ENDPOINTS, { path: { service }, query: { limit, ...(search && { q: search }) }, signal }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next && next.replace(`limit=${FIRST_PAGE}`, `limit=${FIRST_PAGE * 10}`),
    placeholderData: keepPreviousData,
    // All pages would be asked for again.
    refetchOnWindowFocus: false,
  });
}

/** The endpoints of a web service: ten or ten thousand, found by a part of the name. */
export function EndpointsCard({ service, count }: { service: string; count: number | undefined }) {
  const [typed, setTyped] = useState("");
  const search = useSettled(typed.trim());
  const { data, error, isPending, hasNextPage, isFetching, fetchNextPage } = useEndpoints(service, search, count);
  const rows = useMemo(() => {
    const found = data?.pages.flatMap(({ body }) => body) ?? [];
    return data?.pages.length === 1 && !hasNextPage ? byName(found) : found;
  }, [data, hasNextPage]);
  const next = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const columns = useMemo(() => columnsOf(service), [service]);
  // How many a search finds is known at its end only.
  const all = hasNextPage && !search ? Math.max(count ?? 0, rows.length) : rows.length;
  return (
    <Card
      title="Endpoints"
      note={search ? `${rows.length.toLocaleString("en")}${hasNextPage ? " and more" : ""} of ${(count ?? 0).toLocaleString("en")}` : count?.toLocaleString("en")}
      actions={
        (count ?? 0) > FEW && (
          <Field label="Search endpoints" labelHidden size="s" type="search" icon="search" placeholder="Search endpoints" value={typed} onChange={(event) => setTyped(event.target.value)} />
        )
      }
    >
      {error && (
        <div className="pad">
          <ErrorMessage error={error} />
        </div>
      )}
      {isPending && !error && <Loading />}
      {data && rows.length === 0 && <p className="pad dim">{search ? `No endpoint's name contains '${search}'.` : "No endpoints."}</p>}
      {rows.length > 0 && (
        <LongTable
          label="Endpoints"
          className="endpoints"
          columns={columns}
          rows={rows}
          rowKey={({ Name }) => Name}
          count={all}
          more={hasNextPage && !isFetching ? next : undefined}
        />
      )}
    </Card>
  );
}

function columnsOf(service: string): readonly Column<Endpoint>[] {
  return [
    {
      name: "Endpoint",
      heads: true,
      cell: ({ Name }) => (
        <Link className="open" href={endpointPath(service, Name)} title={Name}>
          {Name}
        </Link>
      ),
    },
    { name: "Description", cell: ({ Description }) => <span className="dim" title={Description}>{Description}</span> },
    { name: "Calls at once", figure: true, cell: ({ MaxConcurrentCalls }) => MaxConcurrentCalls },
    { name: "Added", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
  ];
}
