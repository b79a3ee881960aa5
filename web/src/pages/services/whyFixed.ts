import { type Endpoint, followsExperiment, type WebService } from "./shapes";

/** Why an endpoint takes no other models; undefined if it does. */
export function whyFixed(name: string, endpoint: Pick<Endpoint, "PreventUpdate" | "Resources">, service: Pick<WebService, "Experiment"> | undefined): string | undefined {
  if (followsExperiment(name, service)) return "The default endpoint follows its experiment: publish that again instead.";
  if (endpoint.PreventUpdate) return "Updates are prevented; change that under Limits.";
  return endpoint.Resources.length === 0 ? "It uses no trained model." : undefined;
}
