/** Other names for experiments, and copies of them. */

import { call } from "../../api/client";
import { ApiError } from "../../api/errors";
import { refresh } from "../../api/poll";
import { LIST } from "./api";

const MOST = 120;
const TRIES = 50;
const E = `${LIST}/{experiment}`;

/** The name of a copy, the first or a later one, as far as names go. */
export function copyName(name: string, number: number): string {
  const end = number < 2 ? " copy" : ` copy ${number}`;
  return `${name.replace(/ copy( \d+)?$/, "").slice(0, MOST - end.length)}${end}`;
}

async function changed(): Promise<void> {
  await refresh(LIST, "/workspaces/{workspace}/drafts", "/workspaces/{workspace}/runs", "/workspaces/{workspace}/activity");
}

/** Give an experiment another name; what belongs to it stays its own. */
export async function renameExperiment(name: string, wanted: string): Promise<void> {
  await call("POST", `${E}/rename`, { path: { experiment: name }, body: { Name: wanted } });
  await changed();
}

/** Copy an experiment under the first free name, which is returned. */
export async function copyExperiment(name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const wanted = copyName(name, number);
    try {
      await call("POST", `${E}/copy`, { path: { experiment: name }, body: { Name: wanted } });
      await changed();
      return wanted;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409) || number === TRIES) throw error;
    }
  }
}

/** Delete a copy again, saved or not. */
export async function deleteCopy(name: string, isSaved: boolean): Promise<void> {
  await call("DELETE", isSaved ? E : `${E}/draft`, { path: { experiment: name } });
  await changed();
}
