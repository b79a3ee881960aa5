/** Events in words: what happened, to what, and where one looks at it. */

import type { components } from "../../api/schema";
import type { IconName } from "../../parts/Icon";

export type Event = Omit<components["schemas"]["Event"], "data"> & { data: Readonly<Record<string, unknown>> };
export type EventType = Event["type"];

export const TYPES: Readonly<Record<EventType, readonly [word: string, icon: IconName]>> = {
  "perennial.model.swapped": ["Models changed", "swap"],
  "perennial.promotion.step": ["Promotion step", "up"],
  "perennial.promotion.rolledback": ["Candidate taken back", "back"],
  "perennial.challenge.refused": ["Challenger refused", "kept"],
  "perennial.job.failed": ["Work failed", "failed"],
  "perennial.drift.detected": ["Drift", "warn"],
  "perennial.schedule.skipped": ["Schedule skipped", "skipped"],
  "perennial.key.regenerated": ["Key replaced", "renew"],
  "perennial.message.poisoned": ["Message given up", "stop"],
};
export const ALL_TYPES = Object.keys(TYPES) as EventType[];

/** A type in words; one that a later app has is shown as it is. */
export function typeWord(type: string): string {
  return TYPES[type as EventType]?.[0] ?? type;
}

type Data = Event["data"];

function text(data: Data, ...names: string[]): string {
  for (const name of names) {
    const found = data[name];
    if (typeof found === "string" && found !== "") return found;
    if (typeof found === "number") return String(found);
  }
  return "";
}

function joined(...parts: string[]): string {
  return parts.filter(Boolean).join("; ");
}

function models(data: Data): string {
  const found = Array.isArray(data.models) ? (data.models as { version?: unknown }[]) : [];
  const versions = found.flatMap(({ version }) => (typeof version === "number" ? [`version ${version}`] : []));
  return versions.length > 0 ? `${versions.join(", ")} took over` : "";
}

const SENTENCES: Partial<Record<EventType, (data: Data) => string>> = {
  "perennial.model.swapped": (data) => joined(models(data), text(data, "why")),
  "perennial.promotion.step": (data) => text(data, "why") || `step ${text(data, "step")} of ${text(data, "steps")}: ${text(data, "what")}`,
  "perennial.promotion.rolledback": (data) => joined(`in step ${text(data, "step")} of ${text(data, "steps")}`, text(data, "why")),
  "perennial.challenge.refused": (data) => text(data, "why", "details"),
  "perennial.job.failed": (data) => text(data, "details"),
  "perennial.drift.detected": (data) => drifted(data),
  "perennial.schedule.skipped": (data) => text(data, "reason"),
  "perennial.key.regenerated": (data) => joined(`the ${text(data, "slot")} one`, text(data, "by") && `by ${text(data, "by")}`),
  "perennial.message.poisoned": (data) => joined(`in the queue ${text(data, "queue")}`, text(data, "kind"), text(data, "id", "blob")),
};

function drifted(data: Data): string {
  const columns = Object.keys((data.columns as object | undefined) ?? {});
  if (columns.length === 0) return text(data, "why");
  const rest = columns.length > 3 ? ` and ${columns.length - 3} more` : "";
  return `${columns.slice(0, 3).join(", ")}${rest}, by ${text(data, "by")}`;
}

/** What happened, in one sentence of the app's own words. */
export function sentenceOf({ type, data }: Pick<Event, "type" | "data">): string {
  return SENTENCES[type]?.(data) || text(data, "why", "details", "reason");
}

/** What it happened to: the endpoint, the pipeline, the schedule. */
export function subjectOf({ subject, data }: Pick<Event, "subject" | "data">): string {
  return text(data, "endpoint", "pipeline") || subject.split("/").slice(-2).join(" ");
}

const PAGES: Partial<Record<EventType, string>> = { "perennial.drift.detected": "/drift", "perennial.promotion.step": "/traffic", "perennial.promotion.rolledback": "/traffic" };

/** The page that shows what it happened to; undefined if there is none. */
export function pageOf({ type, subject, data }: Pick<Event, "type" | "subject" | "data">): string | undefined {
  const [, service, endpoint] = /^services\/([^/]+)\/endpoints\/([^/]+)$/.exec(subject) ?? [];
  if (service && endpoint) return `/services/${encodeURIComponent(service)}/endpoints/${encodeURIComponent(endpoint)}${PAGES[type] ?? ""}`;
  const [, run] = /^pipelineruns\/([^/]+)$/.exec(subject) ?? [];
  const pipeline = text(data, "pipeline");
  if (run && pipeline) return `/pipelines/${encodeURIComponent(pipeline)}/runs/${encodeURIComponent(run)}`;
  return undefined;
}
