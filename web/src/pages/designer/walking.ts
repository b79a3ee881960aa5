/** Where the arrow keys lead from a module: along connections, and to its neighbours. */

import type { ExperimentDocument, Point } from "./document";

type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The module that an arrow key leads to. Up and down follow connections; left and right go to what stands beside. */
export function neighbour(
  document: ExperimentDocument,
  places: ReadonlyMap<string, Point>,
  title: string,
  direction: Direction,
): string | undefined {
  const [x, y] = places.get(title) ?? [0, 0];
  const near = (titles: string[]) =>
    titles
      .map((other) => [other, Math.abs((places.get(other)?.[0] ?? 0) - x)] as const)
      .sort((one, other) => one[1] - other[1])[0]?.[0];
  if (direction === "ArrowUp") return near(document.connections.filter(({ to }) => to[0] === title).map(({ from }) => from[0]));
  if (direction === "ArrowDown") return near(document.connections.filter(({ from }) => from[0] === title).map(({ to }) => to[0]));
  const sign = direction === "ArrowLeft" ? -1 : 1;
  return [...places]
    .filter(([other, at]) => other !== title && (at[0] - x) * sign > 0)
    .map(([other, at]) => [other, Math.abs(at[0] - x) + 4 * Math.abs(at[1] - y)] as const)
    .sort((one, other) => one[1] - other[1])[0]?.[0];
}

/** The titles in the order of a run, as Tab goes through them. */
export function inOrder(document: ExperimentDocument): string[] {
  const waiting = new Map(Object.keys(document.modules).map((title) => [title, 0]));
  for (const { from, to } of document.connections) {
    if (waiting.has(from[0]) && waiting.has(to[0])) waiting.set(to[0], (waiting.get(to[0]) ?? 0) + 1);
  }
  const order: string[] = [];
  let ready = [...waiting.keys()].filter((title) => waiting.get(title) === 0);
  while (ready.length > 0) {
    order.push(...ready);
    const freed: string[] = [];
    for (const title of ready) {
      for (const { from, to } of document.connections) {
        if (from[0] !== title || !waiting.has(to[0])) continue;
        const left = (waiting.get(to[0]) ?? 0) - 1;
        waiting.set(to[0], left);
        if (left === 0) freed.push(to[0]);
      }
    }
    ready = freed;
  }
  return [...order, ...[...waiting.keys()].filter((title) => (waiting.get(title) ?? 0) > 0)];
}
