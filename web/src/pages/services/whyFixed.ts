import { DEFAULT, type Endpoint } from "./shapes";

/** Why an endpoint takes no other models; undefined if it does. */
export function whyFixed(name: string, endpoint: Pick<Endpoint, "PreventUpdate" | "Resources">): string | undefined {
  if (name === DEFAULT) return "The default endpoint follows its experiment: publish that again instead.";
  if (endpoint.PreventUpdate) return "Updates are prevented; change that under Limits.";
  return endpoint.Resources.length === 0 ? "It uses no trained model." : undefined;
}
