/** An endpoint's history in words: which version took over from which, and what was undone since. */

import type { Change, ModelVersion } from "./shapes";

export interface HistoryEntry {
  sequence: number;
  at: string;
  title: string;
  why: string;
  by: string;
  kind: "swap" | "back" | "set" | "plus";
  undone: boolean;
  /** Its models are those that answer now. */
  inUse: boolean;
  /** It changed models, so it can be undone. */
  canUndo: boolean;
}

/** "version 12", or the start of the hash of a model that no version is of. */
export function modelWord(hash: string | null, versions: readonly ModelVersion[]): string {
  if (hash === null) return "none";
  const found = versions.find(({ Model }) => Model === hash);
  return found ? `version ${found.Version}` : `model ${hash.slice(0, 8)}`;
}

/** The changes that later ones undid. */
export function undoneBy(changes: readonly Change[]): Set<number> {
  const undone = new Set<number>();
  for (const { Action, Why } of changes) {
    const found = /undoes change (\d+)/.exec(Why)?.[1];
    if (Action === "rollback" && found) undone.add(Number(found));
  }
  return undone;
}

/** The history, latest first. */
export function readHistory(changes: readonly Change[], versions: readonly ModelVersion[]): HistoryEntry[] {
  const undone = undoneBy(changes);
  const latest = changes.findLast(({ Resources }) => Resources.some(({ To }) => To !== null))?.Sequence;
  return changes.map((change) => entry(change, versions, undone, latest)).reverse();
}

function entry(change: Change, versions: readonly ModelVersion[], undone: Set<number>, latest: number | undefined): HistoryEntry {
  const { Sequence, At, Action, Why, By, Resources } = change;
  const changed = Resources.filter(({ From, To }) => From !== To);
  return {
    sequence: Sequence,
    at: At,
    title: title(Action, changed, versions),
    why: Why === "UpdateResource" ? "" : Why,
    by: By,
    kind: Action === "rollback" ? "back" : Action === "create" ? "plus" : changed.length > 0 ? "swap" : "set",
    undone: undone.has(Sequence),
    inUse: Sequence === latest,
    canUndo: changed.length > 0 && changed.every(({ From }) => From !== null) && !undone.has(Sequence),
  };
}

function title(action: string, changed: Change["Resources"], versions: readonly ModelVersion[]): string {
  if (changed.length === 0) return action === "create" ? "Added" : sentence(action);
  const parts = changed.map(({ Name, From, To }) => {
    const to = modelWord(To, versions);
    const of = changed.length > 1 ? ` of ${Name}` : "";
    if (From === null) return `Started with ${to}${of}`;
    if (action === "rollback") return `Rolled back to ${to}${of}`;
    return sentence(`${to} took over from ${modelWord(From, versions).replace("version ", "")}${of}`);
  });
  return parts.join("; ");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
