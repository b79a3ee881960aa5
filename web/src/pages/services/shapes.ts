/** What the services' routes return, by their names in the app's OpenAPI document, and where they are. */

import type { components } from "../../api/schema";

type Schemas = components["schemas"];

export type Endpoint = Schemas["Endpoint"];
export type WebService = Schemas["WebService"];
export type Change = Schemas["Change"];
export type ModelVersion = Schemas["ModelVersion"];
export type Comparison = Schemas["Comparison"];
export type ComparedMetric = Schemas["ComparedMetric"];
export type BlobReference = Schemas["BlobReference"];
export type JobSummary = Schemas["JobSummary"];
export type JobStatus = Schemas["JobStatus"];
/** A policy as it is returned: its trigger and gate are always there. */
export type Policy = Omit<Schemas["Policy"], "Trigger" | "Gate"> & {
  Trigger: { Type: "Upload" | "Schedule" | "Rows" | "Drift"; Recurrence?: { frequency?: string; interval?: number }; Rows?: number };
  Gate: { Metric: string; HeldBackData: string; Better?: number; AtMostWorse?: number; MinimumRows?: number };
};
export type Challenge = Schemas["Challenge"];
export type Dataset = Schemas["Dataset"];

export const W = "/workspaces/{workspace}";
export const SERVICE = `${W}/webservices/{service}`;
export const ENDPOINTS = `${SERVICE}/endpoints`;
export const ENDPOINT = `${ENDPOINTS}/{endpoint}`;

/** The endpoint that came with its web service. */
export const DEFAULT = "default";

/** Whether an endpoint follows an experiment and takes no model of its own: the default one does, unless a model was published. */
export function followsExperiment(endpoint: string, service: Pick<WebService, "Experiment"> | undefined): boolean {
  return endpoint === DEFAULT && service?.Experiment !== null;
}

/** The page of a service. */
export function servicePath(service: string): string {
  return `/services/${encodeURIComponent(service)}`;
}

/** The page of an endpoint. */
export function endpointPath(service: string, endpoint: string): string {
  return `${servicePath(service)}/endpoints/${encodeURIComponent(endpoint)}`;
}
