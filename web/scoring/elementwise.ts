import { NotScoredHere } from "./errors";
import { type Kind, sizeOf, type Tensor, tensor } from "./tensor";

/** A tensor of `f` of each element. */
export function map(value: Tensor, f: (x: number) => number, kind: Kind = value.kind): Tensor {
  const { data } = value;
  refuseSingle(value, kind);
  const result = new Float64Array(data.length);
  for (let index = 0; index < data.length; index++) result[index] = f(data[index]!);
  return tensor(kind, value.shape, result);
}

/** A tensor of `f` of each pair of elements, with the shapes broadcast as ONNX and numpy do. */
export function zip(left: Tensor, right: Tensor, f: (x: number, y: number) => number, kind: Kind = left.kind): Tensor {
  const a = left.data;
  const b = right.data;
  refuseSingle(left, kind);
  const shape = broadcast(left.shape, right.shape);
  const size = sizeOf(shape);
  const result = new Float64Array(size);
  if (a.length === size && b.length === size) {
    for (let index = 0; index < size; index++) result[index] = f(a[index]!, b[index]!);
  } else if (b.length === 1) {
    const y = b[0]!;
    for (let index = 0; index < size; index++) result[index] = f(a[index]!, y);
  } else if (a.length === 1) {
    const x = a[0]!;
    for (let index = 0; index < size; index++) result[index] = f(x, b[index]!);
  } else {
    const places = [offsets(left.shape, shape), offsets(right.shape, shape)] as const;
    for (let index = 0; index < size; index++) {
      result[index] = f(a[places[0](index)]!, b[places[1](index)]!);
    }
  }
  return tensor(kind, shape, result);
}

/** Sums and products in single precision would have to be rounded at each step; the app's own graphs have none. */
function refuseSingle(value: Tensor, kind: Kind): void {
  if (value.kind === "float" && kind === "float") throw new NotScoredHere("The graph computes in single precision.");
}

/** `where(condition, x, y)` with the shapes of all three broadcast. */
export function where(condition: Tensor, x: Tensor, y: Tensor): Tensor {
  const shape = broadcast(condition.shape, broadcast(x.shape, y.shape));
  const result = new Float64Array(sizeOf(shape));
  const [c, a, b] = [offsets(condition.shape, shape), offsets(x.shape, shape), offsets(y.shape, shape)];
  for (let index = 0; index < result.length; index++) {
    result[index] = condition.data[c(index)] !== 0 ? x.data[a(index)]! : y.data[b(index)]!;
  }
  return tensor(x.kind, shape, result);
}

/** The shape that two shapes are broadcast to. */
export function broadcast(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) throw new NotScoredHere(`The graph joins shapes [${left}] and [${right}].`);
    return a === 1 ? b : a;
  });
}

/** The function from a position in the broadcast result to the position in an operand. */
export function offsets(from: readonly number[], to: readonly number[]): (index: number) => number {
  const size = sizeOf(from);
  if (size === 1) return () => 0;
  if (size === sizeOf(to)) return (index) => index;
  const lead = to.length - from.length;
  // An operand that is repeated as a whole, such as a row for each row of a matrix.
  const tail = to.slice(lead);
  if (tail.every((length, axis) => length === from[axis])) return (index) => index % size;
  const strides: number[] = [];
  let stride = 1;
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const length = axis >= lead ? from[axis - lead]! : 1;
    strides[axis] = length === 1 ? 0 : stride;
    stride *= length;
  }
  return (index) => {
    let rest = index;
    let place = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const length = to[axis]!;
      place += (rest % length) * strides[axis]!;
      rest = Math.floor(rest / length);
    }
    return place;
  };
}

/** Half to even, as IEEE 754 and numpy round. */
export function rint(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
