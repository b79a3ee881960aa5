/**
 * Where modules stand: in layers from data to evaluation, with few crossings, knowing where on a module its ports are.
 *
 * Layers come from the longest way to a module; one that only feeds others (a learner) stands just above them. Long
 * connections get a stand-in on each layer they pass, so that they go round modules. Order within layers: the mean
 * place of the ports at the other end, down and up in turns; the order with the fewest crossings is kept.
 */

import { describe, type ExperimentDocument, findItem, type Point } from "./document";
import type { Palette } from "./palette";

export const NODE_WIDTH = 204;
export const NODE_HEIGHT = 54;
const GAP = 26;
const PASSING = 24;
const LAYER = 96;
const TALL = 130;
const SWEEPS = 12;

interface Cell {
  title?: string;
  width: number;
  x: number;
}

interface Wire {
  above: Cell;
  below: Cell;
  /** Where on the module the port is, 0 left to 1 right. */
  out: number;
  in: number;
}

/** Where a port is on its side of a module: a share of the width. */
export function portShare(place: number, count: number): number {
  return count <= 1 ? 0.5 : 0.3 + (0.4 * place) / (count - 1);
}

/** A place for every module. */
export function layOut(palette: Palette, document: ExperimentDocument): Map<string, Point> {
  const titles = Object.keys(document.modules);
  const depths = findDepths(titles, document);
  const layers: Cell[][] = Array.from({ length: Math.max(0, ...depths.values()) + 1 }, () => []);
  const cells = new Map<string, Cell>();
  for (const title of titles) {
    const cell = { title, width: NODE_WIDTH, x: 0 };
    cells.set(title, cell);
    layers[depths.get(title) ?? 0]?.push(cell);
  }
  const wires = findWires(palette, document, depths, layers, cells);
  order(layers, wires);
  straighten(layers, wires);
  const left = Math.min(...layers.flat().map(({ x, width }) => x - width / 2));
  const gaps = layers.map((_, depth) => (isBusy(wires[depth] ?? []) ? TALL : LAYER));
  const tops = gaps.map((_, depth) => gaps.slice(0, depth).reduce((sum, gap) => sum + gap, 0));
  const places = new Map<string, Point>();
  layers.forEach((layer, depth) => {
    for (const { title, x, width } of layer) {
      if (title !== undefined) places.set(title, [Math.round(x - width / 2 - left), tops[depth] ?? 0]);
    }
  });
  return places;
}

/** Many connections between two layers need more room to be told apart. */
function isBusy(wires: readonly Wire[]): boolean {
  return wires.filter(({ above, below }) => Math.abs(above.x - below.x) > NODE_WIDTH).length > 2;
}

function findDepths(titles: readonly string[], document: ExperimentDocument): Map<string, number> {
  const known = new Set(titles);
  const feeds = document.connections.filter(({ from, to }) => known.has(from[0]) && known.has(to[0]));
  const after = new Map<string, string[]>(titles.map((title) => [title, []]));
  const waiting = new Map<string, number>(titles.map((title) => [title, 0]));
  for (const { from, to } of feeds) {
    after.get(from[0])?.push(to[0]);
    waiting.set(to[0], (waiting.get(to[0]) ?? 0) + 1);
  }
  const depths = new Map<string, number>(titles.map((title) => [title, 0]));
  const sorted = titles.filter((title) => waiting.get(title) === 0);
  for (let place = 0; place < sorted.length; place += 1) {
    const title = sorted[place] as string;
    for (const next of after.get(title) ?? []) {
      depths.set(next, Math.max(depths.get(next) ?? 0, (depths.get(title) ?? 0) + 1));
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) sorted.push(next);
    }
  }
  const fed = new Set(feeds.map(({ to }) => to[0]));
  for (const title of sorted.reverse()) {
    const below = (after.get(title) ?? []).map((next) => depths.get(next) ?? 0);
    if (!fed.has(title) && below.length > 0) depths.set(title, Math.max(0, Math.min(...below) - 1));
  }
  return depths;
}

/** The connections between each layer and the next; those that go further pass stand-ins. */
function findWires(
  palette: Palette,
  document: ExperimentDocument,
  depths: ReadonlyMap<string, number>,
  layers: Cell[][],
  cells: ReadonlyMap<string, Cell>,
): Wire[][] {
  const wires: Wire[][] = layers.map(() => []);
  const share = (title: string, name: string, side: "inputs" | "outputs") => {
    const ports = describe(palette, findItem(document, title))?.[side] ?? [];
    return portShare(Math.max(0, ports.findIndex((port) => port.name === name)), ports.length);
  };
  for (const { from, to } of document.connections) {
    const [source, target] = [cells.get(from[0]), cells.get(to[0])];
    const [start, end] = [depths.get(from[0]) ?? 0, depths.get(to[0]) ?? 0];
    if (!source || !target || start >= end) continue;
    let above: Cell = source;
    for (let depth = start; depth < end; depth += 1) {
      const below: Cell = depth + 1 === end ? target : { width: PASSING, x: 0 };
      if (below !== target) layers[depth + 1]?.push(below);
      wires[depth]?.push({
        above,
        below,
        out: above === source ? share(...from, "outputs") : 0.5,
        in: below === target ? share(...to, "inputs") : 0.5,
      });
      above = below;
    }
  }
  return wires;
}

/** Order the cells of every layer, leaving them at places 0, 1, 2 … in `x`. */
function order(layers: Cell[][], wires: readonly Wire[][]): void {
  layers.forEach(number);
  let best = layers.map((layer) => [...layer]);
  let fewest = layers.length > 0 ? countAll(wires) : 0;
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const down = sweep % 2 === 0;
    for (let step = 1; step < layers.length; step += 1) {
      const depth = down ? step : layers.length - 1 - step;
      sortByNeighbours(layers[depth] as Cell[], wires[down ? depth - 1 : depth] ?? [], down);
    }
    const crossings = countAll(wires);
    if (crossings < fewest) {
      fewest = crossings;
      best = layers.map((layer) => [...layer]);
    }
  }
  best.forEach((layer, depth) => {
    number(layer);
    layers[depth] = layer;
  });
}

function number(layer: readonly Cell[]): void {
  layer.forEach((cell, place) => {
    cell.x = place;
  });
}

function sortByNeighbours(layer: Cell[], wires: readonly Wire[], down: boolean): void {
  const sums = new Map<Cell, [number, number]>();
  for (const wire of wires) {
    const cell = down ? wire.below : wire.above;
    const other = down ? wire.above.x + wire.out : wire.below.x + wire.in;
    // A port at the left pulls its connection to the left.
    const own = (down ? wire.in : wire.out) - 0.5;
    const [sum, count] = sums.get(cell) ?? [0, 0];
    sums.set(cell, [sum + other - own * 0.5, count + 1]);
  }
  const wanted = (cell: Cell) => {
    const [sum, count] = sums.get(cell) ?? [cell.x + 0.5, 1];
    return sum / count;
  };
  const keys = new Map(layer.map((cell) => [cell, wanted(cell)]));
  layer.sort((one, other) => (keys.get(one) ?? 0) - (keys.get(other) ?? 0));
  number(layer);
}

function countAll(wires: readonly Wire[][]): number {
  return wires.reduce((sum, between) => sum + countCrossings(between), 0);
}

/** How often connections between two layers cross: inversions, counted by merging. */
function countCrossings(wires: readonly Wire[]): number {
  const ends = wires
    .map(({ above, below, out, in: entry }) => [above.x + out, below.x + entry] as const)
    .sort((one, other) => one[0] - other[0] || one[1] - other[1])
    .map(([, end]) => end);
  return inversions(ends)[1];
}

function inversions(values: readonly number[]): [number[], number] {
  if (values.length < 2) return [[...values], 0];
  const half = values.length >> 1;
  const [left, one] = inversions(values.slice(0, half));
  const [right, other] = inversions(values.slice(half));
  const merged: number[] = [];
  let crossings = one + other;
  let at = 0;
  for (const value of left) {
    while (at < right.length && (right[at] as number) < value) merged.push(right[at++] as number);
    crossings += at;
    merged.push(value);
  }
  return [[...merged, ...right.slice(at)], crossings];
}

/** Give cells their x, keeping order and gaps: close to the ports that they are connected to. */
function straighten(layers: Cell[][], wires: readonly Wire[][]): void {
  for (const layer of layers) {
    let x = 0;
    for (const cell of layer) {
      cell.x = x + cell.width / 2;
      x += cell.width + GAP;
    }
  }
  for (let sweep = 0; sweep < 10; sweep += 1) {
    const down = sweep % 2 === 0;
    for (let step = 0; step < layers.length; step += 1) {
      const depth = down ? step : layers.length - 1 - step;
      const pulls = new Map<Cell, number[]>();
      const pull = (cell: Cell, x: number) => pulls.get(cell)?.push(x) ?? pulls.set(cell, [x]);
      for (const { above, below, out, in: entry } of wires[depth - 1] ?? []) {
        pull(below, above.x + (out - 0.5) * above.width - (entry - 0.5) * below.width);
      }
      for (const { above, below, out, in: entry } of wires[depth] ?? []) {
        pull(above, below.x + (entry - 0.5) * below.width - (out - 0.5) * above.width);
      }
      settle(layers[depth] as Cell[], (cell) => mean(pulls.get(cell)) ?? cell.x);
    }
  }
}

function mean(values: readonly number[] | undefined): number | undefined {
  return values && values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Put cells where they want to be; those that would overlap share their wishes as one block. */
function settle(layer: readonly Cell[], wanted: (cell: Cell) => number): void {
  interface Block {
    cells: Cell[];
    offsets: number[];
    sum: number;
    width: number;
  }
  const blocks: Block[] = [];
  const start = (block: Block) => block.sum / block.cells.length;
  for (const cell of layer) {
    let block: Block = { cells: [cell], offsets: [cell.width / 2], sum: wanted(cell) - cell.width / 2, width: cell.width + GAP };
    for (let before = blocks.at(-1); before && start(before) + before.width > start(block); before = blocks.at(-1)) {
      blocks.pop();
      const shift = before.width;
      block = {
        cells: [...before.cells, ...block.cells],
        offsets: [...before.offsets, ...block.offsets.map((offset) => offset + shift)],
        sum: before.sum + block.sum - shift * block.cells.length,
        width: before.width + block.width,
      };
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    block.cells.forEach((cell, place) => {
      cell.x = start(block) + (block.offsets[place] as number);
    });
  }
}

/** Places for all modules: those the document has, and for the others those of a whole new layout below or alone. */
export function placesOf(palette: Palette, document: ExperimentDocument): ReadonlyMap<string, Point> {
  const known = Object.entries(document.layout).filter(([title]) => findItem(document, title));
  if (known.length === Object.keys(document.modules).length) return new Map(known);
  const made = layOut(palette, document);
  if (known.length === 0) return made;
  const bottom = Math.max(...known.map(([, [, y]]) => y)) + LAYER;
  const left = Math.min(...known.map(([, [x]]) => x));
  const fresh = [...made].filter(([title]) => !Object.hasOwn(document.layout, title));
  const top = Math.min(...fresh.map(([, [, y]]) => y));
  return new Map([...known, ...fresh.map(([title, [x, y]]) => [title, [x + left, y - top + bottom]] as const)]);
}
