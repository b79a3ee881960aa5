import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { get } from "../../api/client";
import { figure } from "../../charts/figures";
import { Card } from "../../parts/Card";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { type Endpoint, type ModelVersion, W } from "./shapes";

type Resource = Endpoint["Resources"][number];

/** The versions of the models that resources are of, by resource. */
export function useVersions(resources: readonly string[]): Record<string, ModelVersion[]> {
  const found = useQueries({
    queries: resources.map((model) => ({
      queryKey: [`${W}/models/{model}`, { model }],
      queryFn: () => get<ModelVersion[]>(`${W}/models/{model}`, { path: { model } }),
      retry: false,
    })),
  });
  return Object.fromEntries(resources.map((name, place) => [name, found[place]?.data ?? []]));
}

/** The first metric of a version: what models of its kind are compared by. */
export function mainMetric(version: Pick<ModelVersion, "Metrics"> | undefined): readonly [string, number] | undefined {
  const found = Object.entries((version?.Metrics ?? {}) as Record<string, unknown>).find(([, value]) => typeof value === "number");
  return found as [string, number] | undefined;
}

function rowsOf(version: ModelVersion | undefined): string {
  const rows = (version?.Lineage as { trainingRows?: number } | null | undefined)?.trainingRows;
  return rows === undefined ? "" : `, ${rows.toLocaleString("en")} rows`;
}

/** Which versions answer now. */
export function ModelsCard({ endpoint }: { endpoint: Endpoint }) {
  const versions = useVersions(endpoint.Resources.map(({ Name }) => Name));
  const versionOf = ({ Name, Model }: Resource) => versions[Name]?.find((version) => version.Model === Model);
  const metric = endpoint.Resources.map((resource) => mainMetric(versionOf(resource))?.[0]).find(Boolean) ?? "Metric";
  const count = endpoint.Resources.length;
  return (
    <Card title="Models in use" note={count === 1 ? "one resource" : `${count} resources`}>
      {count === 0 ? (
        <p className="pad dim">This endpoint uses no trained model.</p>
      ) : (
        <Table
          label="Models in use"
          rows={endpoint.Resources}
          rowKey={({ Name }) => Name}
          className="two-lines"
          columns={[
            {
              name: "Resource",
              heads: true,
              cell: ({ Name }) => (
                <span className="row g6">
                  <svg className="dia" viewBox="0 0 14 14" aria-hidden="true">
                    <path className="port trained" d="M7 .8l6.2 6.2L7 13.2.8 7z" />
                  </svg>
                  <span className="cut" title={Name}>
                    {Name}
                  </span>
                </span>
              ),
            },
            {
              name: "Version",
              cell: ({ Name, Version }) => (
                <Link className="link" href={`/models/${encodeURIComponent(Name)}`}>
                  {Version}
                </Link>
              ),
            },
            { name: metric, figure: true, cell: (resource) => figure(mainMetric(versionOf(resource))?.[1]) },
            { name: "Trained", cell: (resource) => `${when(versionOf(resource)?.CreationTime)}${rowsOf(versionOf(resource))}` },
            {
              name: "",
              label: "Evaluation",
              figure: true,
              cell: ({ Name, Version }) => (
                <Link className="b quiet sm" href={`/models/${encodeURIComponent(Name)}/versions/${Version}/evaluation`}>
                  Evaluation
                </Link>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
