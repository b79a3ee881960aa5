/** A batch job for files of rows: uploaded in blocks, named as its inputs, started at an endpoint with its key. */

import { call } from "./client";
import { dataTypeOf, uploadDataset } from "./upload";

/** What an endpoint says of itself that a caller needs. */
export interface Callee {
  ApiLocation: string;
  PrimaryKey: string;
}

export interface JobResults {
  StatusCode: string;
  Details: string | null;
  Results: Record<string, { BaseLocation: string; RelativeLocation: string; SasBlobToken: string }> | null;
}

interface Location {
  BaseUri: string;
  Location: string;
  AccessCredential: string;
}

/** Jobs of this version do not start before they are told to. */
const QUERY = { "api-version": "2.0" };

/** What a file of rows may end with, for a file picker. */
export const ROW_FILES = ".csv,.tsv,.arff";

/** How a job is called at its endpoint: its route, with the endpoint's own key. */
export function jobCall(endpoint: Callee, job: string) {
  return { route: `${jobsRoute(endpoint)}/${encodeURIComponent(job)}`, headers: keyOf(endpoint), query: QUERY };
}

/** Upload the files, create a job whose inputs they are, start it, and return its id. `progress` hears shares from 0 to 1. */
export async function startBatchJob(
  endpoint: Callee,
  files: Readonly<Record<string, File>>,
  progress: (share: number) => void,
  GlobalParameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  const given = Object.entries(files);
  const Inputs: Record<string, unknown> = {};
  for (const [place, [name, file]] of given.entries()) {
    const source = await uploadRows(file, (share) => progress((place + share) / given.length));
    Inputs[name] = { BaseLocation: source.BaseUri, RelativeLocation: source.Location, SasBlobToken: source.AccessCredential };
  }
  const made = await call<string>("POST", jobsRoute(endpoint), { body: { Inputs, Outputs: {}, GlobalParameters }, headers: keyOf(endpoint), query: QUERY });
  const { route, ...rest } = jobCall(endpoint, made.body);
  await call("POST", `${route}/start`, { ...rest, body: "" });
  return made.body;
}

/** Cancel a job; what it has written is kept. */
export async function cancelBatchJob(endpoint: Callee, job: string): Promise<void> {
  const { route, ...rest } = jobCall(endpoint, job);
  await call("DELETE", route, rest);
}

function jobsRoute({ ApiLocation }: Callee): string {
  return `${new URL(ApiLocation).pathname}/jobs`;
}

function keyOf({ PrimaryKey }: Callee): Record<string, string> {
  return { authorization: `Bearer ${PrimaryKey}` };
}

async function uploadRows(file: File, progress: (share: number) => void): Promise<Location> {
  const dataType = dataTypeOf(file.name);
  if (dataType === undefined || dataType === "Zip") {
    throw new Error(`'${file.name.slice(0, 80)}' is no CSV, TSV or ARFF file.`);
  }
  // A name of its own: a second drop of the same file is another job's input.
  const name = `${file.name.replace(/\.[^.]*$/, "").replace(/[^\w .-]/g, "_").slice(0, 60)} ${new Date().toISOString().replace(/\D/g, "").slice(0, 17)}`;
  const id = await uploadDataset(file, name, dataType, { progress });
  const found = await call<{ DownloadLocation: Location }>("GET", "/api/workspaces/{workspace}/datasources/{id}", { path: { id } });
  const link = found.body.DownloadLocation;
  // It is written as a part of a URL; a job names the blob itself.
  return { ...link, Location: decodeURIComponent(link.Location) };
}
