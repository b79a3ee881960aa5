/** Copying and pasting modules with the connections between them, also from one experiment or tab to another. */

import { type ExperimentDocument, findPlace, type Point, readDocument } from "./document";
import { freeName } from "./edits";

const MARK = "perennial-modules";

/** The picked modules as a text for the clipboard: readable, and accepted by any experiment. */
export function copyText(document: ExperimentDocument, titles: ReadonlySet<string>): string {
  const picked = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([title]) => titles.has(title)));
  const connections = document.connections.filter(({ from, to }) => titles.has(from[0]) && titles.has(to[0]));
  const part = { modules: picked(document.modules), connections, layout: picked(document.layout) };
  return JSON.stringify({ kind: MARK, ...part }, null, 2);
}

/** What a clipboard's text holds, or undefined if it holds no modules. */
export function readClip(text: string): ExperimentDocument | undefined {
  if (!text.includes('"modules"')) return undefined;
  try {
    const found = readDocument(JSON.parse(text));
    return Object.keys(found.modules).length > 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Paste modules, their top left corner at `at`, under titles that are free; returns these too. */
export function paste(document: ExperimentDocument, clip: ExperimentDocument, at: Point): [ExperimentDocument, string[]] {
  const taken = new Set(Object.keys(document.modules));
  const titles = new Map<string, string>();
  for (const title of Object.keys(clip.modules)) {
    const free = freeName(taken, title);
    taken.add(free);
    titles.set(title, free);
  }
  const places = new Map([...titles.keys()].map((title, place) => [title, findPlace(clip, title) ?? ([0, place * 92] as const)]));
  const left = Math.min(...[...places.values()].map(([x]) => x));
  const top = Math.min(...[...places.values()].map(([, y]) => y));
  const named = (title: string) => titles.get(title) ?? title;
  const modules = Object.entries(clip.modules).map(([title, item]) => [named(title), item] as const);
  const layout = [...places].map(([title, [x, y]]) => [named(title), [x - left + at[0], y - top + at[1]]] as const);
  const connections = clip.connections
    .filter(({ from, to }) => titles.has(from[0]) && titles.has(to[0]))
    .map(({ from, to }) => ({ from: [named(from[0]), from[1]] as const, to: [named(to[0]), to[1]] as const }));
  const pasted = {
    ...document,
    modules: { ...document.modules, ...Object.fromEntries(modules) },
    layout: { ...document.layout, ...Object.fromEntries(layout) },
    connections: [...document.connections, ...connections],
  };
  return [pasted, [...titles.values()]];
}
