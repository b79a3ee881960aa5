/** Curves as points: the path that draws them, thinned to what can be seen, and the area below. */

export interface Point {
  x: number;
  y: number;
}

/** Leave out points that lie within `tolerance` of the line between those that stay (Ramer, Douglas and Peucker). */
export function simplify(points: readonly Point[], tolerance = 0.35): Point[] {
  if (points.length < 3) return [...points];
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [first, last] = part;
    const [place, distance] = farthest(points, first, last);
    if (distance <= tolerance) continue;
    kept[place] = 1;
    open.push([first, place], [place, last]);
  }
  return points.filter((_, place) => kept[place] === 1);
}

function farthest(points: readonly Point[], first: number, last: number): [number, number] {
  const from = points[first]!;
  const to = points[last]!;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  let most = -1;
  let place = first;
  for (let each = first + 1; each < last; each++) {
    const { x, y } = points[each]!;
    const distance =
      length === 0 ? Math.hypot(x - from.x, y - from.y) : Math.abs(dy * (x - from.x) - dx * (y - from.y)) / length;
    if (distance > most) [most, place] = [distance, each];
  }
  return [place, most];
}

/** The `d` of a line through pixels, in tenths; gaps where a coordinate is no number. */
export function linePath(points: readonly Point[]): string {
  let path = "";
  let pen = "M";
  for (const { x, y } of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      pen = "M";
      continue;
    }
    path += `${pen}${tenth(x)} ${tenth(y)}`;
    pen = "L";
  }
  return path;
}

/** Each number holds up to the next: the corners of a step curve. */
export function steps(points: readonly Point[]): Point[] {
  const corners: Point[] = [];
  points.forEach((point, place) => {
    const before = points[place - 1];
    if (before !== undefined && before.y !== point.y) corners.push({ x: point.x, y: before.y });
    corners.push(point);
  });
  return corners;
}

/** The area below a line, by trapezoids; points in the order of x. */
export function area(points: readonly Point[]): number {
  let sum = 0;
  for (let place = 1; place < points.length; place++) {
    const before = points[place - 1]!;
    const here = points[place]!;
    sum += ((here.x - before.x) * (here.y + before.y)) / 2;
  }
  return sum;
}

/** The position of the point whose x is nearest; -1 without points. Points in the order of x. */
export function nearest(points: readonly Point[], x: number): number {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]!.x <= x) low = middle;
    else high = middle;
  }
  if (high <= 0) return high;
  return Math.abs(points[low]!.x - x) <= Math.abs(points[high]!.x - x) ? low : high;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
