import { useCallback } from "react";
import { refresh, useLive } from "../../api/poll";
import { isGoing as isGoingState } from "../../parts/State";
import { E, type Run } from "./api";

/** Whether a run may still change. */
export const isGoing = (run: Run | undefined) => isGoingState(run?.Status.StatusCode);

/** The run that is wanted, or the latest one; asked for each second while it goes on. */
export function useRun(experiment: string, wanted: string | undefined, isSaved: boolean): { run: Run | undefined; askAgain: () => void } {
  const path = { experiment };
  const latest = useLive<{ RunId: string }[]>(`${E}/runs`, { path, query: { limit: 1 }, enabled: isSaved });
  const id = wanted ?? latest.data?.[0]?.RunId;
  const found = useLive<Run>(`${E}/runs/{run}`, { path: { experiment, run: id ?? "" }, enabled: id !== undefined, going: isGoing });
  const { refetch } = latest;
  const run = found.data?.RunId === id ? found.data : undefined;
  return { run, askAgain: useCallback(() => void refetch().then(() => refresh(`${E}/runs`)), [refetch]) };
}
