/** What the classic data types are called, and where datasets are in the API and in the Studio. */

import type { components } from "../../api/schema";

export type Dataset = components["schemas"]["Dataset"];
export type DataSource = components["schemas"]["DataSource"];

export const DATA = "/workspaces/{workspace}/data";
export const SOURCES = "/api/workspaces/{workspace}/datasources";

const KINDS: Record<string, string> = {
  GenericCSV: "CSV",
  GenericTSV: "TSV",
  GenericCSVNoHeader: "CSV without header",
  GenericTSVNoHeader: "TSV without header",
  ARFF: "ARFF",
  PlainText: "Text",
  Zip: "ZIP",
};

/** What a data type is called; others are shown as they are. */
export function kindName(dataType: string): string {
  return KINDS[dataType] ?? (dataType || "File");
}

/** The type of the same file if its first row has no names. */
export function withoutHeader(dataType: string): string {
  return dataType === "GenericCSV" || dataType === "GenericTSV" ? `${dataType}NoHeader` : dataType;
}

/** The page of a dataset, by its file name. */
export function datasetPath(name: string): string {
  return `/datasets/${encodeURIComponent(name)}`;
}

/** Samples belong to all workspaces: their ids begin with another one's. */
export function isSample({ Id }: Pick<DataSource, "Id">, workspace: string): boolean {
  return !Id.toLowerCase().startsWith(`${workspace.replaceAll("-", "").toLowerCase()}.`);
}

/** The file name of a dataset by the location of its blob, which is written as a part of a URL. */
export function fileOf(location: string): string {
  const last = location.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
