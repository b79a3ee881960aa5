/** The way of a connection: a curve from port to port, round modules that stand between. */

import type { Point } from "./document";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const MARGIN = 18;

function curve([x1, y1]: Point, [x2, y2]: Point): string {
  const bend = Math.max(24, Math.min(120, Math.abs(y2 - y1) / 2));
  return `C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

function isIn({ x, y, width, height }: Box, [px, py]: Point): boolean {
  return px > x - 6 && px < x + width + 6 && py > y - 4 && py < y + height + 4;
}

/** A point of the curve, for t from 0 to 1. */
function along([x1, y1]: Point, [x2, y2]: Point, t: number): Point {
  const bend = Math.max(24, Math.min(120, Math.abs(y2 - y1) / 2));
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [(a + b) * x1 + (c + d) * x2, a * y1 + b * (y1 + bend) + c * (y2 - bend) + d * y2];
}

const STEPS = [0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85];

/** The path of a connection, for SVG. */
export function route(from: Point, to: Point, boxes: readonly Box[]): string {
  const between = boxes.filter(({ y, height }) => y + height > from[1] + 1 && y < to[1] - 1);
  const points = between.length > 0 ? STEPS.map((t) => along(from, to, t)) : [];
  const hit = between.filter((box) => points.some((point) => isIn(box, point)));
  const start = `M${from[0]} ${from[1]}`;
  if (hit.length === 0) return start + curve(from, to);
  const top = Math.min(...hit.map(({ y }) => y)) - 8;
  const bottom = Math.max(...hit.map(({ y, height }) => y + height)) + 8;
  const x = freeSide(from, to, between.filter(({ y, height }) => y < bottom && y + height > top));
  return `${start}${curve(from, [x, Math.max(top, from[1] + 8)])}L${x} ${Math.min(bottom, to[1] - 8)}${curve([x, Math.min(bottom, to[1] - 8)], to)}`;
}

/** The way past the boxes that takes the connection least aside. */
function freeSide([x1]: Point, [x2]: Point, boxes: readonly Box[]): number {
  const middle = (x1 + x2) / 2;
  const sides = boxes.flatMap(({ x, width }) => [x - MARGIN, x + width + MARGIN]);
  const free = sides.filter((side) => !boxes.some(({ x, width }) => side > x - MARGIN + 1 && side < x + width + MARGIN - 1));
  return free.reduce((best, side) => (Math.abs(side - middle) < Math.abs(best - middle) ? side : best), free[0] ?? middle);
}
