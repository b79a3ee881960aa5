/** What can be done to a document; each edit returns another document and rewrites everything that refers to a title. */

import {
  type Comment,
  type ExperimentDocument,
  findItem,
  isSame,
  type Item,
  type Parameter,
  type Point,
  type PortRef,
} from "./document";

/** The longest title that a document may have. */
export const MAX_TITLE = 400;

type Names = Iterable<string>;

/** `wanted`, or `wanted 2`, `wanted 3` …, whichever is free. */
export function freeName(taken: Names, wanted: string): string {
  const names = new Set(taken);
  if (!names.has(wanted)) return wanted;
  const stem = wanted.replace(/ \d+$/, "").slice(0, MAX_TITLE - 8);
  for (let number = 2; ; number += 1) if (!names.has(`${stem} ${number}`)) return `${stem} ${number}`;
}

/** Add a module at a place, under its own name or the next that is free. */
export function addModule(document: ExperimentDocument, item: Item, at: Point, wanted = item.module): [ExperimentDocument, string] {
  const title = freeName(Object.keys(document.modules), wanted);
  return [
    { ...document, modules: { ...document.modules, [title]: item }, layout: { ...document.layout, [title]: at } },
    title,
  ];
}

/** Connect an output to an input, which has one connection: the one before goes. */
export function connect(document: ExperimentDocument, from: PortRef, to: PortRef): ExperimentDocument {
  const others = document.connections.filter((connection) => !isSame(connection.to, to));
  return { ...document, connections: [...others, { from, to }] };
}

/** Take away the connection that goes into an input. */
export function disconnect(document: ExperimentDocument, to: PortRef): ExperimentDocument {
  return { ...document, connections: document.connections.filter((connection) => !isSame(connection.to, to)) };
}

/** Put modules at other places. */
export function move(document: ExperimentDocument, places: ReadonlyMap<string, Point>): ExperimentDocument {
  return { ...document, layout: { ...document.layout, ...Object.fromEntries(places) } };
}

/** Why a module cannot have this title, or undefined. */
export function titleProblem(document: ExperimentDocument, old: string, title: string): string | undefined {
  if (title.trim() === "") return "A module needs a title.";
  if (title.length > MAX_TITLE) return `A title has at most ${MAX_TITLE} characters, got ${title.length}.`;
  if (title !== old && findItem(document, title)) return `There is a module '${title.slice(0, 80)}' already.`;
  return undefined;
}

function renamedKeys<T>(record: Readonly<Record<string, T>>, old: string, title: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === old ? title : key, value]));
}

/** Give a module another title, wherever it is named. */
export function rename(document: ExperimentDocument, old: string, title: string): ExperimentDocument {
  if (old === title || titleProblem(document, old, title)) return document;
  const renamed = (ref: PortRef): PortRef => (ref[0] === old ? [title, ref[1]] : ref);
  return {
    ...document,
    modules: renamedKeys(document.modules, old, title),
    layout: renamedKeys(document.layout, old, title),
    connections: document.connections.map(({ from, to }) => ({ from: renamed(from), to: renamed(to) })),
    webServiceInputs: document.webServiceInputs.map((input) => ({ ...input, to: renamed(input.to) })),
    webServiceOutputs: document.webServiceOutputs.map((output) => ({ ...output, from: renamed(output.from) })),
    webServiceParameters: document.webServiceParameters.map((parameter) =>
      parameter.module === old ? { ...parameter, module: title } : parameter,
    ),
  };
}

/** Delete modules with everything that is attached to them. */
export function remove(document: ExperimentDocument, titles: ReadonlySet<string>): ExperimentDocument {
  const without = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([title]) => !titles.has(title)));
  return {
    ...document,
    modules: without(document.modules),
    layout: without(document.layout),
    connections: document.connections.filter(({ from, to }) => !titles.has(from[0]) && !titles.has(to[0])),
    webServiceInputs: document.webServiceInputs.filter(({ to }) => !titles.has(to[0])),
    webServiceOutputs: document.webServiceOutputs.filter(({ from }) => !titles.has(from[0])),
    webServiceParameters: document.webServiceParameters.filter(({ module }) => !titles.has(module)),
  };
}

/** Set a property; undefined gives it back its default. */
export function setProperty(document: ExperimentDocument, title: string, name: string, value: unknown): ExperimentDocument {
  const item = findItem(document, title);
  if (!item) return document;
  const others = Object.entries(item.properties ?? {}).filter(([key]) => key !== name);
  const order = Object.keys(item.properties ?? {});
  const at = order.includes(name) ? order.indexOf(name) : order.length;
  if (value !== undefined) others.splice(at, 0, [name, value]);
  const { properties: _, ...rest } = item;
  const next = others.length > 0 ? { ...rest, properties: Object.fromEntries(others) } : rest;
  return { ...document, modules: { ...document.modules, [title]: next } };
}

/** Add a web service input that feeds a port, or take it away. */
export function toggleInput(document: ExperimentDocument, to: PortRef): ExperimentDocument {
  const others = document.webServiceInputs.filter((input) => !isSame(input.to, to));
  if (others.length < document.webServiceInputs.length) return { ...document, webServiceInputs: others };
  const name = freeNumbered(others.map((input) => input.name), "input");
  return { ...document, webServiceInputs: [...others, { name, to }] };
}

/** Add a web service output that returns a port, or take it away. */
export function toggleOutput(document: ExperimentDocument, from: PortRef): ExperimentDocument {
  const others = document.webServiceOutputs.filter((output) => !isSame(output.from, from));
  if (others.length < document.webServiceOutputs.length) return { ...document, webServiceOutputs: others };
  const name = freeNumbered(others.map((output) => output.name), "output");
  return { ...document, webServiceOutputs: [...others, { name, from }] };
}

/** The names on the wire are `input1`, `input2` …, as the original gave them. */
function freeNumbered(taken: Names, stem: string): string {
  const names = new Set(taken);
  for (let number = 1; ; number += 1) if (!names.has(`${stem}${number}`)) return `${stem}${number}`;
}

type ServiceList = "webServiceInputs" | "webServiceOutputs" | "webServiceParameters";

/** Give a web service input, output or parameter another name. */
export function renameService(document: ExperimentDocument, list: ServiceList, place: number, name: string): ExperimentDocument {
  const changed = document[list].map((entry, index) => (index === place ? { ...entry, name } : entry));
  return { ...document, [list]: changed };
}

/** Take a web service input, output or parameter away. */
export function removeService(document: ExperimentDocument, list: ServiceList, place: number): ExperimentDocument {
  return { ...document, [list]: (document[list] as readonly object[]).filter((_, index) => index !== place) };
}

/** Make a property a web service parameter, with its value as the default, or a property of the module only again. */
export function toggleParameter(document: ExperimentDocument, title: string, property: string, value?: unknown): ExperimentDocument {
  const isIt = (parameter: Parameter) => parameter.module === title && parameter.property === property;
  const others = document.webServiceParameters.filter((parameter) => !isIt(parameter));
  if (others.length < document.webServiceParameters.length) return { ...document, webServiceParameters: others };
  const name = freeName(others.map((parameter) => parameter.name), property);
  const made = { name, module: title, property, ...(value !== undefined && value !== null && { default: value }) };
  return { ...document, webServiceParameters: [...others, made] };
}

/** Change, add (at the end) or take away a comment. */
export function setComment(document: ExperimentDocument, place: number, comment: Comment | undefined): ExperimentDocument {
  const comments = [...document.comments];
  if (comment) comments[place] = comment;
  else comments.splice(place, 1);
  return { ...document, comments };
}
