/** The uploads of this tab: sent one after the other, going on by themselves when the app answers again. */

import { useSyncExternalStore } from "react";
import { type Answer, call, getPage, isOnline, onOnline } from "../../api/client";
import { ApiError, OfflineError } from "../../api/errors";
import { refresh } from "../../api/poll";
import { makeDataset, sendBlocks } from "../../api/upload";
import { workspace } from "../../shell/session";
import { DATA, type Dataset, type DataSource, fileOf, SOURCES } from "./kinds";
import { changed, holderOf, type Item, itemOf, nextOf } from "./queue";

let items: readonly Item[] = [];
let lastKey = 0;
const listeners = new Set<() => void>();

function set(next: readonly Item[]): void {
  items = next;
  for (const listener of listeners) listener();
}

function change(key: number, changes: Partial<Item>): void {
  set(changed(items, key, changes));
}

/** Take files, and begin to send them. */
export function addFiles(files: readonly File[], header: boolean): void {
  set([...items, ...files.map((file) => itemOf(file, ++lastKey, workspace(), header))]);
  void work();
}

/** Send it again from where it stopped; with `family` as that dataset's next version. */
export function goOn(key: number, family?: string): void {
  change(key, { state: "waiting", error: undefined, ...(family !== undefined && { family }) });
  void work();
}

/** Give it another name than the one that is taken. */
export function rename(key: number, name: string): void {
  change(key, { name });
  goOn(key);
}

/** Take it off the list. One that is being sent stops with its block. */
export function drop(key: number): void {
  set(items.filter((item) => item.key !== key));
}

/** The dataset that has a name, looked for in all pages of the list. */
export async function findHolder(name: string): Promise<Dataset | undefined> {
  let page: Answer<Dataset[]> = await call("GET", DATA, { query: { limit: 1000 } });
  for (;;) {
    const found = holderOf(name, page.body);
    if (found || page.next === undefined) return found;
    page = await getPage(page.next);
  }
}

async function work(): Promise<void> {
  for (let item = nextOf(items, workspace()); item !== undefined; item = nextOf(items, workspace())) await send(item);
}

async function send({ key, upload, name, family }: Item): Promise<void> {
  change(key, { state: "sending" });
  const stop = new AbortController();
  const forget = onItems(() => items.some((item) => item.key === key) || stop.abort());
  try {
    await sendBlocks(upload, { progress: (share) => change(key, { share }), signal: stop.signal });
    const id = await makeDataset(upload, name, { family, signal: stop.signal });
    const { body } = await call<DataSource>("GET", `${SOURCES}/{id}`, { path: { id } });
    change(key, { state: "done", made: fileOf(body.DownloadLocation.Location) });
    await refresh(DATA, SOURCES, "/workspaces/{workspace}/datasets");
  } catch (error) {
    const isTaken = error instanceof ApiError && error.status === 409;
    change(key, { state: error instanceof OfflineError ? "cut" : isTaken ? "taken" : "failed", error });
  } finally {
    forget();
  }
}

function onItems(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

onOnline(() => {
  if (!isOnline()) return;
  set(items.map((item) => (item.state === "cut" ? { ...item, state: "waiting" } : item)));
  void work();
});

// A tab that is closed forgets its files.
globalThis.addEventListener?.("beforeunload", (event) => {
  if (items.some(({ state }) => state === "sending" || state === "waiting")) event.preventDefault();
});

/** The files that were dropped in this workspace. */
export function useUploads(): readonly Item[] {
  const all = useSyncExternalStore(onItems, () => items);
  return all.filter((item) => item.workspace === workspace());
}
