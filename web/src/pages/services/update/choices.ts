/** The models that an endpoint could take: registered versions, and files that training jobs wrote. */

import { get } from "../../../api/client";
import { jobCall } from "../../../api/batch";
import type { BlobReference, Endpoint, JobStatus, JobSummary, ModelVersion } from "../shapes";
import { ENDPOINT, W } from "../shapes";

export interface Choice {
  key: string;
  /** "Version 13", or the name of a job's file. */
  name: string;
  note: string;
  at: string;
  inUse: boolean;
  /** The metrics of its own training, for the row. */
  location: BlobReference;
}

/** The versions of a model as choices, the latest first. */
export function versionChoices(versions: readonly ModelVersion[], inUse: string): Choice[] {
  return [...versions]
    .sort((one, other) => other.Version - one.Version)
    .map((version) => ({
      key: `v${version.Version}`,
      name: `Version ${version.Version}`,
      note: [version.JobId ? `job ${version.JobId.slice(0, 4)}` : "", version.Model === inUse ? "in use" : ""].filter(Boolean).join(", "),
      at: version.CreationTime,
      inUse: version.Model === inUse,
      location: version.Location,
    }));
}

/** The trained models among a job's results, each with the version it became if it was registered. */
export function jobChoices(job: JobSummary, status: JobStatus, versions: readonly ModelVersion[], inUse: string): Choice[] {
  const results = Object.entries(status.Results ?? {}).filter(([, blob]) => blob.RelativeLocation?.toLowerCase().endsWith(".ilearner"));
  const version = versions.find(({ JobId }) => JobId === job.JobId);
  return results.map(([output, location]) => ({
    key: `${job.JobId} ${output}`,
    name: version ? `Version ${version.Version}` : results.length > 1 ? output : "New model",
    note: `job ${job.JobId.slice(0, 4)} of ${job.WebService ?? job.Endpoint}${version?.Model === inUse ? ", in use" : ""}`,
    at: job.EndTime ?? job.CreatedAt,
    inUse: version !== undefined && version.Model === inUse,
    location,
  }));
}

/** How a job stands, which its endpoint tells whoever has its key. */
async function readStatus({ WebServiceId, Endpoint: endpoint, JobId }: JobSummary): Promise<JobStatus> {
  const callee = await get<Endpoint>(ENDPOINT, { path: { service: WebServiceId, endpoint } });
  const { route, ...rest } = jobCall(callee, JobId);
  return get<JobStatus>(route, rest);
}

/** What the latest training jobs wrote. */
export async function readJobChoices(versions: readonly ModelVersion[], inUse: string): Promise<Choice[]> {
  const jobs = await get<JobSummary[]>(`${W}/jobs`, { query: { state: "Finished", limit: 50 } });
  const training = jobs.filter(({ Kind }) => Kind === "training").slice(0, 8);
  const statuses = await Promise.all(training.map((job) => readStatus(job).catch(() => undefined)));
  return training.flatMap((job, place) => {
    const status = statuses[place];
    return status ? jobChoices(job, status, versions, inUse) : [];
  });
}
