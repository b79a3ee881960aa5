/** The document as nodes and edges of the canvas; what did not change stays the same object, so nothing redraws it. */

import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";
import type { Curve, RunModule } from "./api";
import { describe, type ExperimentDocument, type Item, type Point, type PortRef } from "./document";
import { findPort } from "./connecting";
import { NODE_HEIGHT, NODE_WIDTH, portShare } from "./layout";
import type { Module, Palette, Port, PortType } from "./palette";
import { makeRoom, type Room } from "./room";
import { type Box, route } from "./routing";

export interface ModuleData extends Record<string, unknown> {
  title: string;
  item: Item;
  module: Module | undefined;
  /** The run's state of the module, if it ran. */
  run: RunModule | undefined;
  curve: Curve | undefined;
  /** How many errors it has. */
  errors: number;
  /** Its ports that are connected. */
  connected: string;
}

export interface ServiceData extends Record<string, unknown> {
  kind: "input" | "output" | "parameter";
  name: string;
  place: number;
  /** The node it belongs to, and where it stands from there. */
  owner: string;
  offset: Point;
  /** The dashed line to its port, from its own corner. */
  path: string;
}

export interface CommentData extends Record<string, unknown> {
  text: string;
  place: number;
}

export interface WireData extends Record<string, unknown> {
  path: string;
  type: PortType | undefined;
  state: "" | "on" | "dead";
  count: string;
  start: Point;
  end: Point;
}

export type CanvasNode = Node<ModuleData, "module"> | Node<ServiceData, "service"> | Node<CommentData, "comment">;
export type Wire = Edge<WireData, "wire">;

/** The middle of a module, from its corner. */
export const NODE_MIDDLE: Point = [NODE_WIDTH / 2, NODE_HEIGHT / 2];

export const moduleId = (title: string) => `m:${title}`;
/** The title behind a node's id, if it is a module's. */
export const titleOf = (id: string) => (id.startsWith("m:") ? id.slice(2) : undefined);

/** The word of a module's state, as classes and `State` know it. */
export function stateOf(run: RunModule | undefined): string {
  if (!run) return "";
  if (run.Reused) return "reused";
  return { Finished: "finished", Running: "running", Failed: "failed", Cancelled: "cancelled", NotStarted: "notrun" }[run.StatusCode] ?? "waiting";
}

/** A module that runs grows by its loss, one that failed by its error. */
export function heightOf({ run, curve }: { run: RunModule | undefined; curve: Curve | undefined }): number {
  if (run?.StatusCode === "Failed" && run.Error) return NODE_HEIGHT + 62;
  return run?.StatusCode === "Running" && curve?.loss && curve.loss.length > 0 ? NODE_HEIGHT + 46 : NODE_HEIGHT;
}

export interface Live {
  modules: ReadonlyMap<string, RunModule>;
  curves: Readonly<Record<string, Curve>>;
  errors: ReadonlyMap<string, number>;
}

/** Everything that is drawn. */
export interface Drawn {
  palette: Palette;
  document: ExperimentDocument;
  /** Where modules are shown, which is lower than where they are kept where others need room. */
  shown: ReadonlyMap<string, Point>;
  room: Room;
  live: Live;
  picked: ReadonlySet<string>;
}

/** Where everything is shown so that nothing that has grown covers another. */
export function inRoom(places: ReadonlyMap<string, Point>, live: Live): { room: Room; shown: ReadonlyMap<string, Point> } {
  const room = makeRoom([...places].map(([title, [x, y]]) => ({ x, y, width: NODE_WIDTH, height: heightOf(liveOf(live, title)) })));
  return { room, shown: new Map([...places].map(([title, [x, y]]) => [title, [x, room.down(y)] as const])) };
}

function liveOf({ modules, curves }: Live, title: string): { run: RunModule | undefined; curve: Curve | undefined } {
  return { run: modules.get(title), curve: Object.hasOwn(curves, title) ? curves[title] : undefined };
}

/** Keeps nodes that would be drawn alike. */
export class GraphBuilder {
  #nodes = new Map<string, CanvasNode>();
  #edges = new Map<string, Wire>();

  nodes({ palette, document, shown: places, room, live, picked }: Drawn): CanvasNode[] {
    const connected = connectedPorts(document);
    const made: CanvasNode[] = Object.entries(document.modules).map(([title, item]) => {
      const data: ModuleData = {
        title,
        item,
        module: describe(palette, item),
        ...liveOf(live, title),
        errors: live.errors.get(title) ?? 0,
        connected: connected.get(title) ?? "",
      };
      const [x, y] = places.get(title) ?? [0, 0];
      const words = [title, data.module?.name ?? item.module, stateOf(data.run), data.errors > 0 ? `${data.errors} errors` : ""];
      return {
        id: moduleId(title),
        type: "module",
        position: { x, y },
        ...known(NODE_WIDTH, heightOf(data)),
        handles: [...handlesOf(data.module?.inputs, "target", 0), ...handlesOf(data.module?.outputs, "source", heightOf(data))],
        // One that has grown lies over what stands below.
        zIndex: heightOf(data) > NODE_HEIGHT ? 10 : 0,
        data,
        selected: picked.has(moduleId(title)),
        ariaLabel: words.filter(Boolean).join(", "),
      };
    });
    made.push(...serviceNodes(palette, document, places, picked, live), ...commentNodes(document, room, picked));
    return this.#kept(this.#nodes, made, (nodes) => (this.#nodes = nodes)) as CanvasNode[];
  }

  edges({ palette, document, shown: places, live, picked }: Drawn): Wire[] {
    const boxes = new Map<string, Box>(
      Object.keys(document.modules).map((title) => {
        const [x, y] = places.get(title) ?? [0, 0];
        return [title, { x, y, width: NODE_WIDTH, height: heightOf(liveOf(live, title)) }];
      }),
    );
    const all = [...boxes.values()];
    const at = ([title, name]: PortRef, side: "inputs" | "outputs"): Point => {
      const ports = describe(palette, document.modules[title])?.[side] ?? [];
      const box = boxes.get(title);
      const share = portShare(Math.max(0, ports.findIndex((port) => port.name === name)), ports.length);
      return [(box?.x ?? 0) + share * NODE_WIDTH, (box?.y ?? 0) + (side === "outputs" ? (box?.height ?? 0) : 0)];
    };
    const made: Wire[] = document.connections
      .filter(({ from, to }) => boxes.has(from[0]) && boxes.has(to[0]) && findPort(palette, document, from, "outputs") && findPort(palette, document, to, "inputs"))
      .map(({ from, to }) => {
        const [start, end] = [at(from, "outputs"), at(to, "inputs")];
        const id = `e:${JSON.stringify(to)}`;
        const data = {
          path: route(start, end, all),
          type: findPort(palette, document, from, "outputs")?.type,
          state: wireState(live, from[0], to[0]),
          count: rowCount(live.modules.get(from[0]), from[1]),
          start,
          end,
        };
        return {
          id,
          type: "wire",
          source: moduleId(from[0]),
          sourceHandle: from[1],
          target: moduleId(to[0]),
          targetHandle: to[1],
          data,
          selected: picked.has(id),
          ariaLabel: `From ${from[0]}, ${from[1]}, to ${to[0]}, ${to[1]}`,
        };
      });
    return this.#kept(this.#edges, made, (edges) => (this.#edges = edges)) as Wire[];
  }

  #kept<T extends { id: string; data?: object; selected?: boolean }>(before: Map<string, T>, made: T[], keep: (now: Map<string, T>) => void): T[] {
    const now = new Map<string, T>();
    for (const entry of made) {
      const old = before.get(entry.id);
      now.set(entry.id, old && isAlike(old, entry) ? old : entry);
    }
    keep(now);
    return [...now.values()];
  }
}

/** A size that need not be measured, so that the canvas is there in one go. */
function known(width: number, height: number) {
  return { width, height, measured: { width, height } };
}

const HANDLE = 20;

/** Where the ports are, for connections to find them before (and without) their being drawn. */
function handlesOf(ports: readonly Port[] = [], type: NodeHandle["type"], edge: number): NodeHandle[] {
  return ports.map(({ name }, place) => ({
    id: name,
    type,
    position: type === "target" ? Position.Top : Position.Bottom,
    x: portShare(place, ports.length) * NODE_WIDTH - HANDLE / 2,
    y: edge - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  }));
}

function isAlike(one: unknown, other: unknown, depth = 3): boolean {
  if (Object.is(one, other)) return true;
  if (depth === 0 || typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => isAlike((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], depth - 1));
}

function connectedPorts(document: ExperimentDocument): Map<string, string> {
  const found = new Map<string, string[]>();
  const add = ([title, port]: PortRef, side: string) => {
    const list = found.get(title) ?? found.set(title, []).get(title);
    list?.push(JSON.stringify([side, port]));
  };
  for (const { from, to } of document.connections) {
    add(from, "out");
    add(to, "in");
  }
  return new Map([...found].map(([title, ports]) => [title, ports.sort().join()]));
}

function wireState(live: Live, from: string, to: string): WireData["state"] {
  const [source, target] = [live.modules.get(from), live.modules.get(to)];
  if (target?.StatusCode === "Running") return "on";
  return source && source.StatusCode !== "Finished" && target?.StatusCode === "NotStarted" ? "dead" : "";
}

/** The rows that leave a module, where they are others than those that came. */
function rowCount(run: RunModule | undefined, port: string): string {
  const rows = run && Object.hasOwn(run.RowsOut, port) ? run.RowsOut[port] : undefined;
  if (rows === undefined || Object.values(run?.RowsIn ?? {}).includes(rows)) return "";
  return `${rows.toLocaleString("en")} rows`;
}

const PILL_HEIGHT = 32;

/** Pills stand beside their module: inputs at its left above, outputs at its left below, parameters at its left. */
function serviceNodes(
  palette: Palette,
  document: ExperimentDocument,
  places: ReadonlyMap<string, Point>,
  picked: ReadonlySet<string>,
  live: Live,
): CanvasNode[] {
  const counts = new Map<string, number>();
  const pill = (kind: ServiceData["kind"], name: string, place: number, title: string, port?: string): CanvasNode[] => {
    const at = places.get(title);
    if (!at) return [];
    const count = counts.get(`${kind} ${title}`) ?? 0;
    counts.set(`${kind} ${title}`, count + 1);
    const height = heightOf(liveOf(live, title));
    const width = Math.round(Math.min(160, Math.max(kind === "parameter" ? 96 : 140, 46 + name.length * 6.5)));
    const down = { input: -PILL_HEIGHT, output: height - 2, parameter: 11 }[kind] + count * (PILL_HEIGHT + 4);
    const offset: Point = [-width - (kind === "parameter" ? 20 : 14), down];
    const ports = describe(palette, document.modules[title])?.[kind === "input" ? "inputs" : "outputs"] ?? [];
    const x = NODE_WIDTH * portShare(Math.max(0, ports.findIndex((each) => each.name === port)), ports.length) - offset[0];
    const y = (kind === "output" ? height : 0) - offset[1];
    const middle = PILL_HEIGHT / 2;
    const path = kind === "parameter" ? `M${width} ${middle}H${-offset[0]}` : `M${width} ${middle}C${x} ${middle} ${x} ${middle} ${x} ${y}`;
    const id = `${kind}:${place}`;
    return [
      {
        id,
        type: "service",
        position: { x: at[0] + offset[0], y: at[1] + offset[1] },
        ...known(width, PILL_HEIGHT),
        data: { kind, name, place, owner: moduleId(title), offset, path },
        draggable: false,
        connectable: false,
        selected: picked.has(id),
        ariaLabel: `Web service ${kind} ${name} at ${title}`,
      },
    ];
  };
  return [
    ...document.webServiceInputs.flatMap(({ name, to }, place) => pill("input", name, place, ...to)),
    ...document.webServiceOutputs.flatMap(({ name, from }, place) => pill("output", name, place, ...from)),
    ...document.webServiceParameters.flatMap(({ name, module }, place) => pill("parameter", name, place, module)),
  ];
}

/** Pills follow the modules that are dragged. */
export function withFollowers(nodes: CanvasNode[]): CanvasNode[] {
  const owners = new Map(nodes.filter((node) => node.dragging).map((node) => [node.id, node.position]));
  if (owners.size === 0) return nodes;
  return nodes.map((node) => {
    const at = node.type === "service" ? owners.get(node.data.owner) : undefined;
    if (!at || node.type !== "service") return node;
    return { ...node, position: { x: at.x + node.data.offset[0], y: at.y + node.data.offset[1] } };
  });
}

function commentNodes(document: ExperimentDocument, room: Room, picked: ReadonlySet<string>): CanvasNode[] {
  return document.comments.map(({ text, at, size }, place) => ({
    id: `comment:${place}`,
    type: "comment",
    position: { x: at[0], y: room.down(at[1]) },
    width: size?.[0] ?? 226,
    data: { text, place },
    selected: picked.has(`comment:${place}`),
    connectable: false,
    ariaLabel: `Comment: ${text.slice(0, 100)}`,
  }));
}
