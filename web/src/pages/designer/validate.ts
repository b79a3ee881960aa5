/**
 * What is wrong with a document, known while one types. The app's own check (`POST …/validate`) has the last word and
 * hints besides; both find the same in the same places, which cases in tests/data/documents.json hold them to.
 */

import { describe, type ExperimentDocument, findItem, type PortRef } from "./document";
import { findPort } from "./connecting";
import type { Module, Palette } from "./palette";
import { readValues } from "./values";

export interface Finding {
  severity: "error" | "warning";
  message: string;
  module?: string | undefined;
  port?: string | undefined;
  property?: string | undefined;
  number?: string | undefined;
}

type Place = Omit<Finding, "severity" | "message">;

const named = (ref: PortRef) => `'${ref[0]}' / '${ref[1]}'`;
const key = (ref: PortRef) => JSON.stringify(ref);

/** Everything that is wrong, in the order in which the app tells it. */
export function validate(palette: Palette, document: ExperimentDocument): Finding[] {
  const findings: Finding[] = [];
  const told = new Set<string>();
  const note = (message: string, place: Place = {}) => {
    if (!told.has(message)) findings.push({ severity: "error", message, ...place });
    told.add(message);
  };
  if (Object.keys(document.modules).length === 0) {
    note("'modules' must be an object that maps titles to modules.");
    return findings;
  }
  checkModules(palette, document, note);
  checkParameters(palette, document, note);
  const connected = checkConnections(palette, document, note);
  checkServicePorts(palette, document, connected, note);
  checkInputs(palette, document, connected, note);
  for (const cycle of findCycles(document)) {
    const names = cycle.map((title) => `'${title}'`);
    note(`The connections between ${names.join(", ")} form a cycle. Remove one of them.`, { module: cycle[0] });
  }
  return findings;
}

type Note = (message: string, place?: Place) => void;

function checkModules(palette: Palette, document: ExperimentDocument, note: Note): void {
  for (const [title, item] of Object.entries(document.modules)) {
    const module = describe(palette, item);
    if (!module) {
      note(`The module of '${title}', '${item.module}', is not in the palette.`, { module: title });
      continue;
    }
    if (item.module === "Placeholder") continue;
    const later = document.webServiceParameters.filter((parameter) => parameter.module === title);
    const [, problems] = readValues(module, item.properties, new Set(later.map(({ property }) => property)));
    // An estimator's parameters are properties too, which only the app knows.
    const isOpen = module.properties.some(({ kind }) => kind === "estimator");
    for (const { property, number, message } of problems) {
      if (isOpen && number === "0105") continue;
      note(`${module.name} ('${title}'): ${message}`, { module: title, property, number });
    }
  }
}

function checkParameters(palette: Palette, document: ExperimentDocument, note: Note): void {
  for (const { name, module: title, property } of document.webServiceParameters) {
    const item = findItem(document, title);
    const module = describe(palette, item);
    if (item && !module) continue;
    const isOpen = module?.properties.some(({ kind }) => kind === "estimator") || item?.module === "Placeholder";
    if (isOpen || module?.properties.some((each) => each.name === property)) continue;
    note(`The web service parameter '${name}' sets '${property}' of '${title}', but there is no such property.`, {
      module: title,
      property,
    });
  }
}

function checkPort(palette: Palette, document: ExperimentDocument, ref: PortRef, side: "input" | "output", note: Note): boolean {
  const [title, name] = ref;
  const item = findItem(document, title);
  if (!item) {
    note(`The experiment has no module '${title}'.`, { module: title });
    return false;
  }
  const module = describe(palette, item);
  if (!module) return true;
  if (findPort(palette, document, ref, `${side}s`)) return true;
  note(`'${title}' (${module.name}) has no ${side} port '${name}'.`, { module: title, port: name });
  return false;
}

/** The input ports that are connected, rightly or wrongly. */
function checkConnections(palette: Palette, document: ExperimentDocument, note: Note): Set<string> {
  const connected = new Set<string>();
  const sound = new Set<string>();
  for (const { from, to } of document.connections) {
    connected.add(key(to));
    const hasSource = checkPort(palette, document, from, "output", note);
    if (!checkPort(palette, document, to, "input", note)) continue;
    if (sound.has(key(to))) {
      note(`The input port ${named(to)} must have only one connection. Remove all but one.`, { module: to[0], port: to[1] });
      continue;
    }
    const source = findPort(palette, document, from, "outputs");
    const target = findPort(palette, document, to, "inputs");
    if (!hasSource || !source || !target) continue;
    if (source.type !== target.type) {
      const types = `connects the type '${source.type}' to '${target.type}'; both ports must have the same type.`;
      note(`The connection from ${named(from)} to ${named(to)} ${types}`, { module: to[0], port: to[1] });
    } else sound.add(key(to));
  }
  return connected;
}

function checkServicePorts(palette: Palette, document: ExperimentDocument, connected: Set<string>, note: Note): void {
  const places: string[] = [];
  for (const { name, to } of document.webServiceInputs) {
    if (!checkPort(palette, document, to, "input", note)) continue;
    const port = findPort(palette, document, to, "inputs");
    if (port && port.type !== "Dataset") {
      note(`The web service input '${name}' must feed a dataset, not a ${port.type}.`, { module: to[0], port: to[1] });
      continue;
    }
    connected.add(key(to));
    places.push(named(to));
  }
  const names: string[] = [];
  for (const { name, from } of document.webServiceOutputs) {
    if (!checkPort(palette, document, from, "output", note)) continue;
    if (findPort(palette, document, from, "outputs")?.type === "Untrained model") {
      const text = `The web service output '${name}' must be a dataset or a trained model, not an untrained model.`;
      note(text, { module: from[0], port: from[1] });
    } else names.push(name);
  }
  for (const place of twice(places)) note(`Two web service inputs are both at ${place}. Remove one of them.`);
  for (const name of twice(names)) note(`Two web service outputs are both at ${name}. Rename one of them.`);
}

function twice(texts: readonly string[]): Set<string> {
  return new Set(texts.filter((text, place) => texts.indexOf(text) !== place));
}

function checkInputs(palette: Palette, document: ExperimentDocument, connected: Set<string>, note: Note): void {
  for (const [title, item] of Object.entries(document.modules)) {
    for (const { name, type, optional } of (describe(palette, item) as Module | undefined)?.inputs ?? []) {
      if (optional || connected.has(key([title, name]))) continue;
      const text = `Nothing is connected to the input port ${named([title, name])}. Connect an output of type '${type}'.`;
      note(text, { module: title, port: name });
    }
  }
}

/** The groups of modules that wait for each other. */
export function findCycles(document: ExperimentDocument): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of document.connections) next.set(from[0], [...(next.get(from[0]) ?? []), to[0]]);
  const reach = (start: string) => {
    const seen = new Set<string>();
    const waiting = [...(next.get(start) ?? [])];
    for (let title = waiting.pop(); title !== undefined; title = waiting.pop()) {
      if (seen.has(title)) continue;
      seen.add(title);
      waiting.push(...(next.get(title) ?? []));
    }
    return seen;
  };
  const titles = runnableLeft(document);
  const reached = new Map(titles.map((title) => [title, reach(title)]));
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const [title, behind] of reached) {
    if (done.has(title) || !behind.has(title)) continue;
    const cycle = titles.filter((other) => behind.has(other) && reached.get(other)?.has(title));
    for (const member of cycle) done.add(member);
    cycles.push(cycle);
  }
  return cycles;
}

/** The modules that would never get their turn: none, almost always, so looking for cycles costs nothing. */
function runnableLeft(document: ExperimentDocument): string[] {
  const waiting = new Map(Object.keys(document.modules).map((title) => [title, 0]));
  const after = new Map<string, string[]>();
  for (const { from, to } of document.connections) {
    if (!waiting.has(from[0]) || !waiting.has(to[0])) continue;
    waiting.set(to[0], (waiting.get(to[0]) ?? 0) + 1);
    after.set(from[0], [...(after.get(from[0]) ?? []), to[0]]);
  }
  const ready = [...waiting.keys()].filter((title) => waiting.get(title) === 0);
  for (let title = ready.pop(); title !== undefined; title = ready.pop()) {
    waiting.delete(title);
    for (const next of after.get(title) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return [...waiting.keys()];
}
