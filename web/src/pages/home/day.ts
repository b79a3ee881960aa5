/** The day as lanes: what ended, what runs and what is due, placed between two midnights. */

import type { Activity, EndedWork } from "./shapes";

export const LANES = ["Runs", "Jobs", "Pipelines", "Model swaps"] as const;

export interface Mark {
  lane: number;
  /** Hours since midnight. */
  from: number;
  to: number;
  kind: "ended" | "running" | "failed" | "swap" | "kept" | "due";
  title: string;
}

const LANE: Record<string, number> = { run: 0, job: 1, challenge: 1, pipeline: 2, trigger: 2, policy: 1, swap: 3 };
const HOUR_MS = 3_600_000;

/** What a piece of work is called: its experiment or pipeline, or the endpoint it is for. */
export function workName(work: { Kind: string; Name: string | null; WebService: string | null; Endpoint: string | null }): string {
  const of = work.Name ?? [work.WebService, work.Endpoint].filter(Boolean).join(", ");
  return of || work.Kind;
}

function markOf(work: EndedWork): Mark["kind"] {
  if (work.Kind === "swap") return "swap";
  if (work.State === "Failed") return "failed";
  return work.Kind === "challenge" && isKept(work) ? "kept" : "ended";
}

/** Whether a challenge ended with the model in use kept. */
export function isKept(work: EndedWork): boolean {
  const { passed } = work.More as { passed?: boolean | string };
  // Events of earlier versions have it as a text.
  return work.Kind === "challenge" && (passed === false || passed === "False");
}

/** The marks of the day that `now` is in; work of yesterday starts at its midnight. */
export function dayMarks({ Ended, Running, Due }: Activity, now: Date): Mark[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const hour = (time: string | Date) => (new Date(time).getTime() - midnight) / HOUR_MS;
  const ended = Ended.map((work): Mark => {
    const kind = markOf(work);
    return { lane: kind === "kept" ? 3 : (LANE[work.Kind] ?? 1), from: hour(work.StartTime), to: hour(work.EndTime), kind, title: `${workName(work)}: ${kind}` };
  });
  const running = Running.map((work): Mark => ({ lane: LANE[work.Kind] ?? 1, from: hour(work.StartTime), to: hour(now), kind: "running", title: `${workName(work)}: running` }));
  const due = Due.map((work): Mark => ({ lane: LANE[work.Kind] ?? 2, from: hour(work.At), to: hour(work.At), kind: "due", title: `${workName(work)}: due` }));
  return [...ended, ...running, ...due]
    .filter(({ from, to }) => to >= 0 && from < 24)
    .map((mark) => ({ ...mark, from: Math.max(0, mark.from), to: Math.min(24, Math.max(mark.to, mark.from)) }));
}

/** What wants a look: what failed or did not pass, the latest first. */
export function wantsLook(ended: readonly EndedWork[], dismissed: readonly string[] = []): EndedWork[] {
  return ended.filter((work) => (work.State === "Failed" || isKept(work)) && !dismissed.includes(work.Id));
}

/** The one sentence that says how things stand. */
export function headline({ Counts, Ended, Running }: Activity, dismissed: readonly string[] = []): string {
  const endpoints = Counts.Endpoints ?? 0;
  const looks = wantsLook(Ended, dismissed).length;
  const answers = endpoints === 0 ? "No endpoint yet." : endpoints === 1 ? "One endpoint." : `${endpoints.toLocaleString("en")} endpoints.`;
  const runs = Running.length === 0 ? "Nothing runs" : Running.length === 1 ? "One thing runs" : `${Running.length} things run`;
  const look = looks === 0 ? "nothing wants a look" : looks === 1 ? "one thing wants a look" : `${looks} things want a look`;
  return `${answers} ${runs}, ${look}.`;
}
