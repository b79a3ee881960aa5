/** Which ports may be connected, and why not. */

import { describe, type ExperimentDocument, findItem, isSame, type PortRef } from "./document";
import type { Palette, Port, PortType } from "./palette";

/** The port of this name on a side of a module, if there is one. */
export function findPort(palette: Palette, document: ExperimentDocument, [title, name]: PortRef, side: "inputs" | "outputs"): Port | undefined {
  return describe(palette, findItem(document, title))?.[side].find((port) => port.name === name);
}

const ARTICLES: Record<PortType, string> = {
  Dataset: "a dataset",
  "Untrained model": "an untrained model",
  "Trained model": "a trained model",
  Transformation: "a transformation",
};

/** Why an output cannot go into an input, naming both, or undefined if it can. */
export function refusal(palette: Palette, document: ExperimentDocument, from: PortRef, to: PortRef): string | undefined {
  const source = findPort(palette, document, from, "outputs");
  const target = findPort(palette, document, to, "inputs");
  if (!source || !target) return `There is no port '${(source ? to : from)[1]}' any more.`;
  if (source.type !== target.type) {
    const other = describe(palette, findItem(document, to[0]))?.inputs.find((port) => port.type === source.type);
    const hint = other ? ` Its port '${other.name}' takes it.` : "";
    return (
      `'${from[1]}' of ${from[0]} is ${ARTICLES[source.type]}; ` +
      `'${to[1]}' of ${to[0]} takes ${ARTICLES[target.type]}.${hint}`
    );
  }
  if (isUpstream(document, to[0], from[0])) {
    return from[0] === to[0]
      ? `${from[0]} cannot get what it makes itself.`
      : `${from[0]} already gets something from ${to[0]}: the two would wait for each other for ever.`;
  }
  return undefined;
}

/** Whether `title` is `of` itself or something that it gets data from. */
export function isUpstream(document: ExperimentDocument, title: string, of: string): boolean {
  const seen = new Set<string>();
  const waiting = [of];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === title) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const { from, to } of document.connections) if (to[0] === next) waiting.push(from[0]);
  }
  return false;
}

export interface Offer {
  ref: PortRef;
  type: PortType;
  /** It has a connection already, which would go. */
  taken: boolean;
}

/** The inputs that an output can go into: free ones first. */
export function offers(palette: Palette, document: ExperimentDocument, from: PortRef): Offer[] {
  const found: Offer[] = [];
  for (const title of Object.keys(document.modules)) {
    for (const { name, type } of describe(palette, findItem(document, title))?.inputs ?? []) {
      const ref: PortRef = [title, name];
      if (refusal(palette, document, from, ref)) continue;
      found.push({ ref, type, taken: document.connections.some(({ to }) => isSame(to, ref)) });
    }
  }
  return found.sort((one, other) => Number(one.taken) - Number(other.taken));
}
