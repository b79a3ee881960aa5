/** What can be done to a piece of work, whatever its kind. */

import { type Callee, cancelBatchJob } from "../../api/batch";
import { call, get } from "../../api/client";
import { refresh } from "../../api/poll";
import { cancelRun, startRun } from "../designer/api";
import { ENDPOINT, W } from "../services/shapes";
import { JOBS, PIPELINE_RUNS, RUNS } from "./useWork";
import { pipelineRunPath, runPath, type Work } from "./work";

const refreshAll = () => refresh(RUNS, JOBS, PIPELINE_RUNS, `${W}/activity`, `${W}/experiments/{experiment}/runs`);

/** Stop a run, a job, or a pipeline run with the jobs that it waits for. */
export async function cancelWork({ kind, path }: Pick<Work, "kind" | "path">): Promise<void> {
  if (kind === "run") await cancelRun(path.experiment ?? "", path.run ?? "");
  else if (kind === "pipeline") await call("POST", `${PIPELINE_RUNS}/{run}/cancel`, { path });
  else await cancelBatchJob(await get<Callee>(ENDPOINT, { path }), path.job ?? "");
  await refreshAll();
}

/** Run it again, and return the page of the new run. A job's files are not kept, so a job has none. */
export async function runAgain({ kind, path }: Pick<Work, "kind" | "path">, fromFailure = false): Promise<string> {
  const to = kind === "run" ? await experimentAgain(path.experiment ?? "") : await pipelineAgain(path, fromFailure);
  await refreshAll();
  return to;
}

async function experimentAgain(experiment: string): Promise<string> {
  return runPath(experiment, await startRun(experiment));
}

async function pipelineAgain({ pipeline = "", run = "" }: Record<string, string>, fromFailure: boolean): Promise<string> {
  const query = { referencePipelineRunId: run, ...(fromFailure && { startFromFailure: true }) };
  const made = await call<{ runId: string }>("POST", `${W}/pipelines/{pipeline}/createRun`, { path: { pipeline }, query, body: {} });
  return pipelineRunPath(pipeline, made.body.runId);
}
