/** What two documents differ in, as one would tell it. */

import { type ExperimentDocument, findItem, toJson } from "./document";

export type Fate = "added" | "removed" | "changed" | "same";

export interface Difference {
  /** By title; those that only one of them has, too. */
  modules: ReadonlyMap<string, Fate>;
  /** Sentences. */
  lines: string[];
}

const show = (value: unknown) => {
  const text = value === undefined ? "its default" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** What changes from one document to another. */
export function difference(before: ExperimentDocument, after: ExperimentDocument): Difference {
  const modules = new Map<string, Fate>();
  const lines: string[] = [];
  for (const title of new Set([...Object.keys(before.modules), ...Object.keys(after.modules)])) {
    const [old, now] = [findItem(before, title), findItem(after, title)];
    if (!old || !now) {
      modules.set(title, old ? "removed" : "added");
      lines.push(`${title} (${(old ?? now)?.module ?? ""}) is ${old ? "taken away" : "added"}`);
      continue;
    }
    const changes = old.module === now.module ? changedProperties(old.properties, now.properties) : [`is ${now.module} instead of ${old.module}`];
    modules.set(title, changes.length > 0 ? "changed" : "same");
    lines.push(...changes.map((change) => `${title}: ${change}`));
  }
  const texts = (document: ExperimentDocument) => new Set(document.connections.map(({ from, to }) => `${from[0]}, ${from[1]} → ${to[0]}, ${to[1]}`));
  lines.push(...compared(texts(before), texts(after), "Connection"));
  for (const [name, words] of [["webServiceInputs", "Web service input"], ["webServiceOutputs", "Web service output"], ["webServiceParameters", "Web service parameter"]] as const) {
    const names = (document: ExperimentDocument) => new Set((document[name] as readonly { name: string }[]).map((entry) => JSON.stringify(entry)));
    lines.push(...compared(names(before), names(after), words));
  }
  if ((before.description ?? "") !== (after.description ?? "")) lines.push("The description differs");
  return { modules, lines };
}

function changedProperties(old: Record<string, unknown> = {}, now: Record<string, unknown> = {}): string[] {
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => `${name}: ${show(old[name])} → ${show(now[name])}`);
}

function compared(before: ReadonlySet<string>, after: ReadonlySet<string>, words: string): string[] {
  return [
    ...[...before].filter((text) => !after.has(text)).map((text) => `${words} taken away: ${text}`),
    ...[...after].filter((text) => !before.has(text)).map((text) => `${words} added: ${text}`),
  ];
}

/** Whether both mean the same, wherever modules stand. */
export function isSameExperiment(one: ExperimentDocument, other: ExperimentDocument): boolean {
  const text = (document: ExperimentDocument) => JSON.stringify(toJson({ ...document, layout: {} }));
  return text(one) === text(other);
}
