/** What "Find" finds besides pages: services, endpoints, experiments, datasets and models by their names. */

import { get } from "../api/client";
import type { IconName } from "../parts/Icon";

export interface Findable {
  name: string;
  kind: string;
  icon: IconName;
  to: string;
}

type Named = { Name?: string; name?: string; Id?: string };

const W = "/workspaces/{workspace}";
const seg = encodeURIComponent;

/** The lists of the workspace; one that cannot be read leaves the others. */
export async function findables(): Promise<Findable[]> {
  const [services, experiments, datasets, models] = await Promise.all(
    ["webservices", "experiments", "data", "models"].map((list) => names(`${W}/${list}`)),
  );
  return [
    ...of(services, "web service", "globe", ({ Id, name }) => `/services/${seg(Id ?? name)}`),
    ...of(experiments, "experiment", "graph", ({ name }) => `/experiments/${seg(name)}`),
    ...of(datasets, "dataset", "table", ({ name }) => `/datasets/${seg(name)}`),
    ...of(models, "model", "cube", ({ name }) => `/models/${seg(name)}`),
  ];
}

async function names(route: string): Promise<Named[]> {
  try {
    const found = await get<unknown>(route);
    const list = Array.isArray(found) ? found : Object.values(found as object).find(Array.isArray);
    return (list ?? []) as Named[];
  } catch {
    return [];
  }
}

function of(
  found: readonly Named[] | undefined,
  kind: string,
  icon: IconName,
  to: (found: Named & { name: string }) => string,
): Findable[] {
  return (found ?? []).flatMap((entry) => {
    const name = entry.Name ?? entry.name;
    return typeof name === "string" ? [{ name, kind, icon, to: to({ ...entry, name }) }] : [];
  });
}
