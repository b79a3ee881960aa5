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

interface UploadOptions {
  /** Told the share that has arrived, from 0 to 1. */
  progress?: (share: number) => void;
  signal?: AbortSignal;
  /** The dataset whose next version this is. */
  family?: string;
}

/** Upload a file as a dataset, and return its id. `name` is the dataset's, without the ending. */
export async function uploadDataset(file: Blob, name: string, dataType: string, options: UploadOptions = {}): Promise<string> {
  const { progress, signal, family } = options;
  const started = await call<{ Id: string }>("POST", "/api/resourceuploads/workspaces/{workspace}", {
    query: { dataTypeId: dataType },
    body: "",
    signal,
  });
  const uploadId = started.body.Id;
  const blocks = blocksOf(file.size);
  for (const [blockId, [start, end]] of blocks.entries()) {
    await call("POST", "/api/blobuploads/workspaces/{workspace}", {
      query: { uploadId, blockId, numberOfBlocks: blocks.length, dataTypeId: dataType },
      body: file.slice(start, end),
      signal,
    });
    progress?.((blockId + 1) / blocks.length);
  }
  const DataSource = { Name: name, DataTypeId: dataType, ...(family !== undefined && { FamilyId: family }) };
  const made = await call<string>("POST", "/api/workspaces/{workspace}/datasources", { body: { DataSource, UploadId: uploadId }, signal });
  return made.body;
}
