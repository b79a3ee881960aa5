/** The audit log in words: who did what, and how it ended. */

import type { components } from "../../api/schema";

export type Act = components["schemas"]["Act"];

/** "renew_workspace_token" as words: "Renew workspace token". */
export function actionWords(action: string): string {
  const words = action.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether it was done, refused, failed, or nobody knows because the app died meanwhile. */
export function outcomeOf(status: number | null): { state: "succeeded" | "notpassed" | "failed" | "waiting"; word: string } {
  if (status === null) return { state: "waiting", word: "not ended" };
  if (status < 400) return { state: "succeeded", word: "done" };
  return status < 500 ? { state: "notpassed", word: `refused, ${status}` } : { state: "failed", word: `failed, ${status}` };
}

/** The path without the workspace, which all of them share. */
export function shortPath(path: string): string {
  return path.replace(/^\/(?:api\/)?workspaces\/[0-9a-f-]{32,36}(?=\/|$)/i, "") || "/";
}

/** A day of a date field as the moment at which it begins, here; undefined for none. `plus` days later. */
export function startOfDay(day: string, plus = 0): string | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return undefined;
  return new Date(year, month - 1, date + plus).toISOString();
}
