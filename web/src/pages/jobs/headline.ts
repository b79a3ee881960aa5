/** How the work stands, in one sentence. */

import type { Activity } from "../home/shapes";

/** "2 run, 5 wait, 1 failed in the last 24 hours." */
export function headline({ Running, Waiting, Ended }: Pick<Activity, "Running" | "Waiting" | "Ended">): string {
  const waiting = Object.values(Waiting).reduce((sum, count) => sum + count, 0);
  const failed = Ended.filter(({ State }) => State === "Failed").length;
  const runs = Running.length === 0 ? "Nothing runs" : Running.length === 1 ? "1 runs" : `${Running.length} run`;
  const waits = waiting === 0 ? "nothing waits" : waiting === 1 ? "1 waits" : `${waiting.toLocaleString("en")} wait`;
  return `${runs}, ${waits}, ${failed === 0 ? "nothing" : failed} failed in the last 24 hours.`;
}
