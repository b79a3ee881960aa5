/** Files that are uploaded one after the other, kept while one looks at other pages of the Studio. */

import { dataTypeOf, type Upload } from "../../api/upload";
import { withoutHeader } from "./kinds";

export interface Item {
  key: number;
  /** Files stay in the workspace they were dropped in, whoever signs in later. */
  workspace: string;
  name: string;
  size: number;
  upload: Upload;
  /** `cut`: the app did not answer; it goes on by itself. `taken`: a dataset has this name already. */
  state: "waiting" | "sending" | "cut" | "taken" | "failed" | "done";
  share: number;
  /** The app's refusal. */
  error?: unknown;
  /** Why the page itself does not send it. */
  refusal?: string;
  /** The dataset whose next version this becomes. */
  family?: string | undefined;
  /** Its file name as a dataset, once it is one. */
  made?: string;
}

const ENDINGS = ".csv, .tsv, .arff, .txt and .zip";

/** What a dropped file is taken as; a file of another kind has failed at once, in words. */
export function itemOf(file: { name: string; size: number } & Blob, key: number, workspace: string, header: boolean): Item {
  const dataType = dataTypeOf(file.name);
  const upload: Upload = { file, dataType: header ? (dataType ?? "") : withoutHeader(dataType ?? ""), arrived: 0 };
  const item: Item = { key, workspace, name: file.name, size: file.size, upload, state: "waiting", share: 0 };
  if (dataType === undefined) {
    return { ...item, state: "failed", refusal: `'${file.name.slice(0, 80)}' is of no kind that is uploaded here: ${ENDINGS}. Use 'perennial dataset upload' for others.` };
  }
  return file.size === 0 ? { ...item, state: "failed", refusal: `'${file.name.slice(0, 80)}' is empty.` } : item;
}

/** The items with one of them changed. */
export function changed(items: readonly Item[], key: number, change: Partial<Item>): Item[] {
  return items.map((item) => (item.key === key ? { ...item, ...change } : item));
}

/** The next file to send, unless one is under way. */
export function nextOf(items: readonly Item[], workspace: string): Item | undefined {
  if (items.some(({ state }) => state === "sending")) return undefined;
  return items.find((item) => item.state === "waiting" && item.workspace === workspace);
}

interface Named {
  Name: string;
  Title: string;
  FamilyId: string;
}

/** The dataset that has a file's name, in any case, as a title or as a file name. */
export function holderOf<T extends Named>(name: string, datasets: readonly T[]): T | undefined {
  const wanted = name.toLowerCase();
  return datasets.find(({ Title }) => Title.toLowerCase() === wanted) ?? datasets.find(({ Name }) => Name.toLowerCase() === wanted);
}
