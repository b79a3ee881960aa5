/** The experiment document (docs/reference/experiment.md) as the Designer holds it: never changed in place. */

import type { Module, Palette, PortType } from "./palette";

/** A port: the module's title and the port's name. */
export type PortRef = readonly [title: string, port: string];

export interface Item {
  module: string;
  properties?: Record<string, unknown>;
  /** Of a placeholder: what it stands for. */
  replaces?: { name: string; reason?: string; inputs?: Record<string, PortType>; outputs?: Record<string, PortType> };
}

export interface Connection {
  from: PortRef;
  to: PortRef;
}

export interface ServiceInput {
  name: string;
  to: PortRef;
}

export interface ServiceOutput {
  name: string;
  from: PortRef;
}

export interface Parameter {
  name: string;
  module: string;
  property: string;
  default?: unknown;
}

export type Point = readonly [x: number, y: number];

export interface Comment {
  text: string;
  at: Point;
  size?: Point;
}

export interface ExperimentDocument {
  description?: string;
  modules: Readonly<Record<string, Item>>;
  connections: readonly Connection[];
  webServiceInputs: readonly ServiceInput[];
  webServiceOutputs: readonly ServiceOutput[];
  webServiceParameters: readonly Parameter[];
  layout: Readonly<Record<string, Point>>;
  comments: readonly Comment[];
}

export const EMPTY: ExperimentDocument = {
  modules: {},
  connections: [],
  webServiceInputs: [],
  webServiceOutputs: [],
  webServiceParameters: [],
  layout: {},
  comments: [],
};

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isRef = (value: unknown): value is PortRef =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
const isPoint = (value: unknown): value is Point =>
  Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));

function items<T>(value: unknown, fits: (item: Json) => boolean): T[] {
  return Array.isArray(value) ? (value.filter((item) => isObject(item) && fits(item)) as T[]) : [];
}

function entries<T>(value: unknown, fits: (item: unknown) => boolean): Record<string, T> {
  const found = isObject(value) ? Object.entries(value).filter(([, item]) => fits(item)) : [];
  return Object.fromEntries(found) as Record<string, T>;
}

/** A document as the app gives it; a draft may be invalid, so parts without the shape that can be drawn are left out. */
export function readDocument(value: unknown): ExperimentDocument {
  const given = isObject(value) ? value : {};
  return {
    ...(typeof given["description"] === "string" && { description: given["description"] }),
    modules: entries<Item>(given["modules"], (item) => isObject(item) && typeof item["module"] === "string"),
    connections: items<Connection>(given["connections"], (item) => isRef(item["from"]) && isRef(item["to"])),
    webServiceInputs: items<ServiceInput>(given["webServiceInputs"], (item) => isRef(item["to"])),
    webServiceOutputs: items<ServiceOutput>(given["webServiceOutputs"], (item) => isRef(item["from"])),
    webServiceParameters: items<Parameter>(
      given["webServiceParameters"],
      (item) => typeof item["module"] === "string" && typeof item["property"] === "string",
    ),
    layout: entries<Point>(given["layout"], isPoint),
    comments: items<Comment>(given["comments"], (item) => typeof item["text"] === "string" && isPoint(item["at"])),
  };
}

/** The document to send: without the parts that are empty, so that equal experiments stay equal texts. */
export function toJson(document: ExperimentDocument): Json {
  const { modules, connections, ...others } = document;
  const kept = Object.entries(others).filter(([, value]) => Object.keys(value).length > 0);
  return { ...Object.fromEntries(kept), modules, connections };
}

/** The module of this title; titles may be words such as `constructor`, so nothing inherited is found. */
export function findItem(document: ExperimentDocument, title: string): Item | undefined {
  return Object.hasOwn(document.modules, title) ? document.modules[title] : undefined;
}

/** Where a module stands, if that is known. */
export function findPlace(document: ExperimentDocument, title: string): Point | undefined {
  return Object.hasOwn(document.layout, title) ? document.layout[title] : undefined;
}

/** What the palette says of an item; a placeholder describes itself. */
export function describe(palette: Palette, item: Item | undefined): Module | undefined {
  if (item?.module !== "Placeholder") return item && palette.get(item.module);
  const ports = (given: Record<string, PortType> = {}) =>
    Object.entries(given).map(([name, type]) => ({ name, type, optional: true }));
  return {
    name: item.replaces?.name ?? "Placeholder",
    group: "",
    summary: item.replaces?.reason ?? "Stands for a module that does not exist here.",
    effect: "table",
    inputs: ports(item.replaces?.inputs),
    outputs: ports(item.replaces?.outputs),
    properties: [],
    notes: [],
  };
}

/** Whether two ports are the same. */
export function isSame(one: PortRef, other: PortRef): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
