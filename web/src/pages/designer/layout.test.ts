import { expect, test } from "vitest";
import { type ExperimentDocument, readDocument, type Point } from "./document";
import { layOut, NODE_HEIGHT, NODE_WIDTH, placesOf, portShare } from "./layout";
import { type Module, readPalette } from "./palette";
import { route } from "./routing";

const port = (name: string) => ({ name, type: "Dataset" as const, optional: true });
const module = (name: string, inputs: number, outputs: number): Module => ({
  name,
  group: "",
  summary: "",
  effect: "columns",
  inputs: Array.from({ length: inputs }, (_, place) => port(`in${place}`)),
  outputs: Array.from({ length: outputs }, (_, place) => port(`out${place}`)),
  properties: [],
  notes: [],
});
const palette = readPalette([module("0-1", 0, 1), module("1-1", 1, 1), module("1-2", 1, 2), module("2-1", 2, 1)]);

/** The tutorial's shape: data, clean, split, two learners, two trainers, two scorers and an evaluation. */
const TEN = readDocument({
  modules: Object.fromEntries(
    Object.entries({ Data: "0-1", Clean: "1-1", Split: "1-2", L1: "0-1", L2: "0-1", T1: "2-1", T2: "2-1", S1: "2-1", S2: "2-1", E: "2-1" })
      .map(([title, name]) => [title, { module: name }]),
  ),
  connections: [
    "Data.out0 Clean.in0", "Clean.out0 Split.in0", "L1.out0 T1.in0", "L2.out0 T2.in0", "Split.out0 T1.in1", "Split.out0 T2.in1",
    "T1.out0 S1.in0", "T2.out0 S2.in0", "Split.out1 S1.in1", "Split.out1 S2.in1", "S1.out0 E.in0", "S2.out0 E.in1",
  ].map((wire) => {
    const [from, to] = wire.split(" ").map((end) => end.split("."));
    return { from, to };
  }),
});

function overlaps(places: ReadonlyMap<string, Point>): number {
  const all = [...places.values()];
  return all.filter(([x, y], place) =>
    all.slice(place + 1).some(([a, b]) => Math.abs(a - x) < NODE_WIDTH && Math.abs(b - y) < NODE_HEIGHT),
  ).length;
}

function crossings(document: ExperimentDocument, places: ReadonlyMap<string, Point>): number {
  const ends = document.connections.map(({ from, to }) => {
    const at = ([title, name]: readonly [string, string], side: "inputs" | "outputs"): Point => {
      const ports = palette.get(document.modules[title]?.module ?? "")?.[side] ?? [];
      const [x, y] = places.get(title) as Point;
      return [x + NODE_WIDTH * portShare(ports.findIndex((each) => each.name === name), ports.length), y + (side === "inputs" ? 0 : NODE_HEIGHT)];
    };
    return [at(from, "outputs"), at(to, "inputs")] as const;
  });
  const turn = (a: Point, b: Point, c: Point) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const cross = ([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]) =>
    turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
  return ends.flatMap((one, place) => ends.slice(place + 1).filter((other) => cross(one, other))).length;
}

function randomDocument(count: number): ExperimentDocument {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const titles = Array.from({ length: count }, (_, place) => `m${place}`);
  return readDocument({
    modules: Object.fromEntries(titles.map((title, place) => [title, { module: place === 0 ? "0-1" : "2-1" }])),
    connections: titles.slice(1).flatMap((title, place) =>
      [0, 1].map((side) => ({ from: [titles[Math.max(0, place - Math.floor(random() * 12))], "out0"], to: [title, `in${side}`] })),
    ),
  });
}

test("the tutorial's modules stand in layers, apart, above what they feed", () => {
  const places = layOut(palette, TEN);
  expect(overlaps(places)).toBe(0);
  for (const { from, to } of TEN.connections) expect(places.get(from[0])?.[1]).toBeLessThan(places.get(to[0])?.[1] ?? 0);
  // Two trainers and two scorers share a split: it cannot be drawn without crossings.
  expect(crossings(TEN, places)).toBeLessThanOrEqual(4);
});

test("a single chain with a learner has no crossing", () => {
  const { modules, connections } = TEN;
  const titles = ["Data", "Clean", "Split", "L1", "T1", "S1", "E"];
  const chain = readDocument({
    modules: Object.fromEntries(titles.map((title) => [title, modules[title]])),
    connections: connections.filter(({ from, to }) => titles.includes(from[0]) && titles.includes(to[0])),
  });
  expect(crossings(chain, layOut(palette, chain))).toBe(0);
});

test("200 modules are laid out apart, in time", () => {
  const document = randomDocument(200);
  layOut(palette, document);
  const began = performance.now();
  const places = layOut(palette, document);
  // Measured 25 ms; the bound leaves room for a machine that is busy.
  expect(performance.now() - began).toBeLessThan(400);
  expect(overlaps(places)).toBe(0);
});

test("nothing, a circle and modules that are connected to nothing can be laid out", () => {
  expect(layOut(palette, readDocument({}))).toEqual(new Map());
  const circle = readDocument({
    modules: { a: { module: "1-1" }, b: { module: "1-1" }, c: { module: "none" } },
    connections: [{ from: ["a", "out0"], to: ["b", "in0"] }, { from: ["b", "out0"], to: ["a", "in0"] }],
  });
  expect(overlaps(layOut(palette, circle))).toBe(0);
});

test("modules keep their places, and new ones stand below", () => {
  const half = readDocument({ ...TEN, layout: { Data: [5, 7], Clean: [5, 99] } });
  const places = placesOf(palette, half);
  expect(places.get("Data")).toEqual([5, 7]);
  expect(overlaps(places)).toBe(0);
  expect(places.size).toBe(10);
});

test("a connection goes round a module that stands in its way", () => {
  const box = { x: 0, y: 100, width: NODE_WIDTH, height: NODE_HEIGHT };
  expect(route([100, 54], [100, 300], [])).not.toContain("L");
  const xs = [...route([100, 54], [100, 300], [box]).matchAll(/[\d.-]+/g)].map(Number);
  expect(Math.min(...xs) < 0 || Math.max(...xs.filter((_, place) => place % 2 === 0)) > NODE_WIDTH).toBe(true);
});
