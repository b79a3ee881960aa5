import { expect, test } from "vitest";
import { readDocument } from "./document";
import { inOrder, neighbour } from "./walking";

const document = readDocument({
  modules: { Score: { module: "x" }, Train: { module: "x" }, Data: { module: "x" }, Learner: { module: "x" } },
  connections: [
    { from: ["Data", "o"], to: ["Train", "i"] },
    { from: ["Learner", "o"], to: ["Train", "j"] },
    { from: ["Train", "o"], to: ["Score", "i"] },
  ],
});
const places = new Map([["Data", [100, 0]], ["Learner", [0, 0]], ["Train", [60, 90]], ["Score", [60, 180]]] as const);

test("Tab goes through modules in the order of the run", () => {
  expect(inOrder(document)).toEqual(["Data", "Learner", "Train", "Score"]);
});

test("a circle ends, too", () => {
  const circle = { ...document, connections: [...document.connections, { from: ["Score", "o"] as const, to: ["Train", "k"] as const }] };
  expect(inOrder(circle).sort()).toEqual(["Data", "Learner", "Score", "Train"]);
});

test.each([
  ["Train", "ArrowUp", "Data"],
  ["Train", "ArrowDown", "Score"],
  ["Data", "ArrowLeft", "Learner"],
  ["Learner", "ArrowRight", "Data"],
  ["Data", "ArrowUp", undefined],
] as const)("from %s %s leads to %s", (from, key, to) => {
  expect(neighbour(document, places, from, key)).toBe(to);
});
