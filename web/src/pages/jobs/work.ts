/** Jobs, runs and pipeline runs as one list: what they share, and in which order they are shown. */

import type { components } from "../../api/schema";
import { endpointPath } from "../services/shapes";

type Schemas = components["schemas"];
export type JobSummary = Schemas["JobSummary"];
export type RunSummary = Schemas["RunSummary"];
export type PipelineRun = Schemas["PipelineRun"];
export type Kind = "run" | "job" | "pipeline";

interface Progress {
  done: number;
  total: number;
  step: string;
  rows: number;
  queued?: boolean;
}

export interface Work {
  kind: Kind;
  id: string;
  name: string;
  /** The page that shows it. */
  to: string;
  where: string;
  /** The page of what it belongs to. */
  whereTo: string | undefined;
  state: string;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  progress: Progress | undefined;
  /** Why it failed or waits, in the API's words. */
  details: string | null;
  /** The names that its routes need. */
  path: Record<string, string>;
}

/** A few characters of an id, enough to tell one from another. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** The page of a run of an experiment. */
export function runPath(experiment: string, run: string): string {
  return `/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(run)}`;
}

/** The page of a batch job. */
export function jobPath(service: string, endpoint: string, job: string): string {
  return ["/jobs", ...[service, endpoint, job].map(encodeURIComponent)].join("/");
}

/** The page of a run of a pipeline. */
export function pipelineRunPath(pipeline: string, run: string): string {
  return `/pipelines/${encodeURIComponent(pipeline)}/runs/${encodeURIComponent(run)}`;
}

export function ofRun({ RunId, Experiment, Status, Progress }: RunSummary): Work {
  return {
    kind: "run",
    id: RunId,
    name: "Run",
    to: runPath(Experiment, RunId),
    where: Experiment,
    whereTo: `/experiments/${encodeURIComponent(Experiment)}`,
    state: Status.StatusCode,
    createdAt: Status.CreationTime,
    startedAt: Status.StartTime,
    endedAt: Status.EndTime,
    progress: Progress,
    details: Status.StatusDetail,
    path: { experiment: Experiment, run: RunId },
  };
}

export function ofJob(job: JobSummary): Work {
  return {
    kind: "job",
    id: job.JobId,
    name: job.Kind === "training" ? "Retraining" : "Batch scoring",
    to: jobPath(job.WebServiceId, job.EndpointId, job.JobId),
    where: [job.WebService, job.Endpoint].filter(Boolean).join(", "),
    whereTo: endpointPath(job.WebServiceId, job.Endpoint),
    state: job.StatusCode,
    createdAt: job.CreatedAt,
    startedAt: job.StartTime,
    endedAt: job.EndTime,
    progress: job.Progress,
    details: job.Details,
    path: { service: job.WebServiceId, endpoint: job.EndpointId, job: job.JobId },
  };
}

export function ofPipelineRun(run: PipelineRun): Work {
  const { name, invokedByType } = run.invokedBy;
  return {
    kind: "pipeline",
    id: run.runId,
    name: run.pipelineName,
    to: pipelineRunPath(run.pipelineName, run.runId),
    where: invokedByType === "Manual" ? "pipeline, started by hand" : `pipeline, by ${name}`,
    whereTo: undefined,
    state: run.status,
    createdAt: run.runStart,
    startedAt: run.runStart,
    endedAt: run.runEnd,
    progress: undefined,
    details: run.message,
    path: { pipeline: run.pipelineName, run: run.runId },
  };
}

export const STATES = ["Running", "Waiting", "Failed", "Finished", "Cancelled"] as const;
export type StateGroup = (typeof STATES)[number];

const GROUPS: Record<string, StateGroup> = {
  running: "Running",
  inprogress: "Running",
  notstarted: "Waiting",
  queued: "Waiting",
  failed: "Failed",
  timedout: "Failed",
  finished: "Finished",
  succeeded: "Finished",
  cancelled: "Cancelled",
  cancelling: "Cancelled",
};

/** What a state means to somebody who looks for it; jobs, runs and pipelines have words of their own. */
export function groupOf(state: string): StateGroup | undefined {
  return GROUPS[state.toLowerCase()];
}

/** The state of jobs that `GET /jobs?state=` takes. */
export const JOB_STATE: Record<StateGroup, string> = {
  Running: "Running",
  Waiting: "NotStarted",
  Failed: "Failed",
  Finished: "Finished",
  Cancelled: "Cancelled",
};

/** Whether it is running or waits. */
export function isOpen({ state }: Work): boolean {
  const group = groupOf(state);
  return group === "Running" || group === "Waiting";
}

interface Part {
  /** Newest first. */
  work: readonly Work[];
  hasMore: boolean;
}

/**
 * Several lists as one, newest first. Where a list has more pages, the others are shown no further back than it was
 * read, or what is on its next page would be missing in between; what is open is always shown.
 */
export function merged(parts: readonly Part[]): Work[] {
  const read = (part: Part) => Math.min(...part.work.map(({ createdAt }) => Date.parse(createdAt)));
  const since = Math.max(...parts.filter(({ hasMore, work }) => hasMore && work.length > 0).map(read), -Infinity);
  return parts
    .flatMap(({ work }) => work)
    .filter((work) => Date.parse(work.createdAt) >= since || isOpen(work))
    .sort((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
}

/** Those in a state, whose id, names or error contain the text. */
export function filtered(work: readonly Work[], state: StateGroup | undefined, text: string): Work[] {
  const wanted = text.trim().toLowerCase();
  return work.filter(
    (item) =>
      (state === undefined || groupOf(item.state) === state) &&
      [item.id, item.name, item.where, item.details ?? ""].some((words) => words.toLowerCase().includes(wanted)),
  );
}

/** Seconds it has taken so far; undefined before it starts. */
export function secondsOf({ startedAt, endedAt }: Pick<Work, "startedAt" | "endedAt">, now: Date): number | undefined {
  if (startedAt === null) return undefined;
  const seconds = ((endedAt === null ? now.getTime() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** How far it is, in words: "module 7 of 11, Train Model", "1,204 rows". */
export function progressWords({ kind, progress }: Pick<Work, "kind" | "progress">): string {
  if (progress === undefined) return "";
  const { done, total, step, rows } = progress;
  const unit = kind === "run" ? "module" : "part";
  return [total > 1 ? `${unit} ${Math.min(done + 1, total)} of ${total}` : "", step, rows > 0 ? `${rows.toLocaleString("en")} rows` : ""]
    .filter(Boolean)
    .join(", ");
}

/** What ended work came to, in words: "120,000 rows", "7 modules". */
export function resultWords({ kind, progress }: Pick<Work, "kind" | "progress">): string {
  if (progress === undefined) return "";
  if (progress.rows > 0) return `${progress.rows.toLocaleString("en")} rows`;
  return kind === "run" && progress.total > 0 ? `${progress.done} of ${progress.total} modules` : "";
}
