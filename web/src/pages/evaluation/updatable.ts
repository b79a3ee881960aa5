/** The endpoints that could take a model: those that use one of its kind, less those that follow their experiment. */

import { endpointPath, followsExperiment, type WebService } from "../services/shapes";

export interface UsedModel {
  Name: string;
  UsedBy?: { WebServiceId: string; Endpoint: string; Version: number | null }[] | null;
}

export interface Updatable {
  resource: string;
  service: string;
  endpoint: string;
  version: number | null;
  /** The endpoint's page with its sheet open. */
  to: string;
}

/** The endpoints that use the model, or one of the experiment's: publishing names models `experiment [trained model]`. */
export function updatable(
  models: readonly UsedModel[],
  services: readonly Pick<WebService, "Id" | "Experiment">[],
  wanted: { model?: string; version?: string; experiment?: string },
): Updatable[] {
  const serviceOf = new Map(services.map((service) => [service.Id, service]));
  const fits = ({ Name }: UsedModel) => (wanted.model === undefined ? Name.startsWith(`${wanted.experiment} [`) : Name === wanted.model);
  return models.filter(fits).flatMap(({ Name, UsedBy }) =>
    (UsedBy ?? [])
      .filter(({ WebServiceId, Endpoint }) => !followsExperiment(Endpoint, serviceOf.get(WebServiceId)))
      .map(({ WebServiceId, Endpoint, Version }) => {
        const query = new URLSearchParams({ update: Name, ...(wanted.version !== undefined && { version: wanted.version }) });
        return { resource: Name, service: WebServiceId, endpoint: Endpoint, version: Version, to: `${endpointPath(WebServiceId, Endpoint)}?${query}` };
      }),
  );
}
