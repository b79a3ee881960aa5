/** The routes that the Designer speaks to, with the shapes of functions/http/schemas.py. */

import { call, get, type Answer } from "../../api/client";
import type { ExperimentDocument } from "./document";
import { toJson } from "./document";
import type { Module } from "./palette";
import type { Finding } from "./validate";

export const E = "/workspaces/{workspace}/experiments/{experiment}";

export interface SavedExperiment {
  Version: number;
  Document: unknown;
}

export interface Draft {
  name: string;
  document: unknown;
  basedOn: number | null;
  /** Null if it was not saved yet: it is what a draft would begin with. */
  updatedAt: string | null;
  /** What the experiment is called by now that had this name; null unless this is neither saved nor a draft. */
  renamedTo: string | null;
}

export interface RunModule {
  Title: string;
  Module: string;
  StatusCode: string;
  Seconds: number | null;
  RowsIn: Record<string, number>;
  RowsOut: Record<string, number>;
  Reused: boolean;
  Reason: string | null;
  Error: string | null;
}

export interface Curve {
  unit: string;
  total: number;
  done: number;
  /** Left out by learners that show a score on other rows only. */
  loss?: number[];
}

export interface Run {
  RunId: string;
  Status: { StatusCode: string; StatusDetail: string | null; CreationTime: string; StartTime: string | null; EndTime: string | null };
  Modules: RunModule[];
  Metrics: Record<string, unknown>;
  Warnings: { Title: string; Message: string }[];
  Curves: Record<string, Curve>;
}

export interface VersionSummary {
  Version: number;
  UpdatedAt: string;
  Runs: number;
  LatestRun: { StatusCode: string } | null;
  Metric: { Module: string; Name: string; Value: number | null } | null;
}

export interface OutputColumn {
  name: string;
  type: string;
  unique?: number;
  missing?: number;
  histogram?: { edges: number[]; counts: number[] } | null;
  top?: { value: string; count: number }[];
}

const path = (experiment: string) => ({ path: { experiment } });

export const readModules = () => get<Module[]>("/schemas/palette.json");

/** Check a document as saving would. */
export async function validateDocument(experiment: string, document: ExperimentDocument, signal: AbortSignal): Promise<Finding[]> {
  return (await call<Finding[]>("POST", `${E}/validate`, { ...path(experiment), body: toJson(document), signal })).body;
}

/** Save a draft; without an ETag only if there is none. */
export function saveDraft(experiment: string, document: ExperimentDocument, basedOn: number | null, etag: string | undefined): Promise<Answer<Draft>> {
  const headers: Record<string, string> = etag === undefined ? { "if-none-match": "*" } : { "if-match": etag };
  return call<Draft>("PUT", `${E}/draft`, { ...path(experiment), headers, body: { document: toJson(document), basedOn } });
}

/** The draft, or what one would begin with. */
export const readDraft = (experiment: string) => call<Draft>("GET", `${E}/draft`, { ...path(experiment), query: { orStart: true } });
export const deleteDraft = (experiment: string) => call("DELETE", `${E}/draft`, path(experiment));
export const readExperiment = (experiment: string) => get<SavedExperiment>(E, path(experiment));

/** Save a version. */
export async function saveExperiment(experiment: string, document: ExperimentDocument): Promise<SavedExperiment> {
  return (await call<SavedExperiment>("PUT", E, { ...path(experiment), body: toJson(document) })).body;
}

export async function startRun(experiment: string): Promise<string> {
  return (await call<{ RunId: string }>("POST", `${E}/run`, { ...path(experiment), body: {} })).body.RunId;
}

export const cancelRun = (experiment: string, run: string) =>
  call("POST", `${E}/runs/{run}/cancel`, { path: { experiment, run } });
