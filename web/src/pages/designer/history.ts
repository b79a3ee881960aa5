/** Undo and redo: documents share what did not change, so a step costs what the edit did. */

import type { ExperimentDocument } from "./document";

export interface Step {
  document: ExperimentDocument;
  /** What was done to get here, as "Undo" names it. */
  label: string;
  /** Edits in a row with the same key, such as letters typed into one field, are one step. */
  key?: string | undefined;
}

export interface History {
  past: readonly Step[];
  now: Step;
  future: readonly Step[];
}

const MOST = 200;

export function begin(document: ExperimentDocument): History {
  return { past: [], now: { document, label: "" }, future: [] };
}

/** Take a step; a document that is the same changes nothing. */
export function step(history: History, document: ExperimentDocument, label: string, key?: string): History {
  if (document === history.now.document) return history;
  const now = { document, label, key };
  if (key !== undefined && key === history.now.key) return { ...history, now, future: [] };
  return { past: [...history.past.slice(1 - MOST), history.now], now, future: [] };
}

export function undo(history: History): History {
  const before = history.past.at(-1);
  if (!before) return history;
  return { past: history.past.slice(0, -1), now: { ...before, key: undefined }, future: [history.now, ...history.future] };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { past: [...history.past, history.now], now: { ...next, key: undefined }, future };
}
