/** Files into the workspace, in blocks through the app: a page may send to its own origin only. */

import { call } from "./client";

const BLOCK_BYTES = 4 * 1024 * 1024;
const TYPES: Record<string, string> = {
  csv: "GenericCSV",
  tsv: "GenericTSV",
  arff: "ARFF",
  txt: "PlainText",
  zip: "Zip",
};

/** The classic data type of a file, by its name's ending; undefined if the app reads no such files this way. */
export function dataTypeOf(name: string): string | undefined {
  return TYPES[name.toLowerCase().split(".").at(-1) ?? ""];
}

/** Where each block of a file starts and ends. */
export function blocksOf(size: number, block = BLOCK_BYTES): [start: number, end: number][] {
  const count = Math.max(1, Math.ceil(size / block));
  return Array.from({ length: count }, (_, index) => [index * block, Math.min((index + 1) * block, size)]);
}

/** A file on its way; it goes on with the block after the last one that arrived. */
export interface Upload {
  file: Blob;
  dataType: string;
  /** The app's id of it, once there is one. */
  id?: string;
  /** How many blocks have arrived. */
  arrived: number;
}

interface SendOptions {
  /** Told the share that has arrived, from 0 to 1. */
  progress?: ((share: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** The routes that an upload needs, so that the order of blocks is tested without them. */
export interface UploadRoutes {
  start: (dataType: string, signal?: AbortSignal) => Promise<string>;
  send: (upload: Upload & { id: string }, block: number, count: number, bytes: Blob, signal?: AbortSignal) => Promise<unknown>;
}

const ROUTES: UploadRoutes = {
  start: async (dataTypeId, signal) =>
    (await call<{ Id: string }>("POST", "/api/resourceuploads/workspaces/{workspace}", { query: { dataTypeId }, body: "", signal })).body.Id,
  send: ({ id, dataType }, blockId, numberOfBlocks, body, signal) =>
    call("POST", "/api/blobuploads/workspaces/{workspace}", {
      query: { uploadId: id, blockId, numberOfBlocks, dataTypeId: dataType },
      body,
      signal,
    }),
};

/** Send the blocks that have not arrived. If one fails, calling it again goes on with that one. */
export async function sendBlocks(upload: Upload, { progress, signal }: SendOptions = {}, routes = ROUTES): Promise<string> {
  const id = (upload.id ??= await routes.start(upload.dataType, signal));
  const blocks = blocksOf(upload.file.size);
  for (const [block, [start, end]] of blocks.entries()) {
    if (block < upload.arrived) continue;
    await routes.send({ ...upload, id }, block, blocks.length, upload.file.slice(start, end), signal);
    upload.arrived = block + 1;
    progress?.(upload.arrived / blocks.length);
  }
  return id;
}

/** Make a dataset of an upload whose blocks are there, and return its id. With `family` it is that dataset's next version. */
export async function makeDataset(upload: Upload, name: string, { family, signal }: { family?: string | undefined; signal?: AbortSignal | undefined } = {}): Promise<string> {
  const DataSource = { Name: name, DataTypeId: upload.dataType, ...(family !== undefined && { FamilyId: family }) };
  const made = await call<string>("POST", "/api/workspaces/{workspace}/datasources", { body: { DataSource, UploadId: upload.id }, signal });
  return made.body;
}

/** Upload a file as a dataset, and return its id. */
export async function uploadDataset(file: Blob, name: string, dataType: string, options: SendOptions & { family?: string } = {}): Promise<string> {
  const upload: Upload = { file, dataType, arrived: 0 };
  await sendBlocks(upload, options);
  return makeDataset(upload, name, options);
}
