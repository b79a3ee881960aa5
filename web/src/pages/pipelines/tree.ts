/** The activities of a pipeline run as a tree: each below the last of those that it depends on, with its place in time. */

import type { components } from "../../api/schema";

export type ActivityRun = components["schemas"]["ActivityRun"];

interface Dependency {
  activity: string;
  dependencyConditions?: string[];
}

export interface ActivityDocument {
  name: string;
  dependsOn?: Dependency[];
}

export interface ActivityRow {
  run: ActivityRun;
  depth: number;
  /** What it waits for, in words; empty once it has begun. */
  waits: string;
  /** Where it lies between the run's start and end, from 0 to 1; undefined before it begins. */
  from: number | undefined;
  to: number | undefined;
}

/** Names are compared as the app does, ignoring case and surrounding blanks. */
const same = (name: string) => name.trim().toLowerCase();

const VERBS: Record<string, string> = { succeeded: "to succeed", failed: "to fail", skipped: "to be skipped", completed: "to end" };

function waitsFor(dependencies: readonly Dependency[]): string {
  const each = dependencies.map(({ activity, dependencyConditions = ["Succeeded"] }) => {
    const ends = dependencyConditions.map((condition) => VERBS[condition.toLowerCase()] ?? condition).join(" or ");
    return `${activity} ${ends}`;
  });
  return each.length === 0 ? "" : `for ${each.join(" and ")}`;
}

/** The activities in the order of the tree. Without a document, or where it has changed since, they stand side by side. */
export function activityRows(runs: readonly ActivityRun[], document: readonly ActivityDocument[], start: number, end: number): ActivityRow[] {
  const dependsOn = new Map(document.map(({ name, dependsOn: on = [] }) => [same(name), on]));
  const known = new Map(runs.map((run) => [same(run.activityName), run]));
  const below = new Map<string, ActivityRun[]>();
  for (const run of runs) {
    const parent = (dependsOn.get(same(run.activityName)) ?? []).map(({ activity }) => same(activity)).filter((name) => known.has(name)).at(-1) ?? "";
    below.set(parent, [...(below.get(parent) ?? []), run]);
  }
  const rows: ActivityRow[] = [];
  const placed = new Set<ActivityRun>();
  const place = (run: ActivityRun, depth: number) => {
    if (placed.has(run)) return;
    placed.add(run);
    const name = same(run.activityName);
    rows.push({ run, depth, waits: run.activityRunStart === null && !isOver(run) ? waitsFor(dependsOn.get(name) ?? []) : "", ...span(run, start, end) });
    for (const child of below.get(name) ?? []) place(child, depth + 1);
  };
  for (const run of below.get("") ?? []) place(run, 0);
  // A document that was changed since may lead in a circle.
  for (const run of runs) place(run, 0);
  return rows;
}

function isOver({ status }: ActivityRun): boolean {
  return /^(succeeded|failed|cancelled|skipped|timedout)$/i.test(status);
}

function span({ activityRunStart, activityRunEnd }: ActivityRun, start: number, end: number): Pick<ActivityRow, "from" | "to"> {
  if (activityRunStart === null) return { from: undefined, to: undefined };
  const share = (time: number) => (end > start ? Math.min(1, Math.max(0, (time - start) / (end - start))) : 0);
  return { from: share(Date.parse(activityRunStart)), to: activityRunEnd === null ? 1 : share(Date.parse(activityRunEnd)) };
}

/** "2 of 7 activities have ended." */
export function treeWords(runs: readonly ActivityRun[]): string {
  const over = runs.filter(isOver).length;
  return `${over} of ${runs.length} ${runs.length === 1 ? "activity has" : "activities have"} ended.`;
}
