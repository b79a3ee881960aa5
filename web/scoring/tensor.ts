import { NotScoredHere } from "./errors";

/**
 * The element types that the graphs of this app have. All are held as doubles: those of single precision rounded to it,
 * as forests round their inputs.
 */
export type Kind = "double" | "float" | "int64" | "bool";

/** An array of numbers in row-major order. */
export interface Tensor {
  kind: Kind;
  shape: readonly number[];
  data: Float64Array;
}

/** The most elements a value of a graph may have. */
export const MAX_ELEMENTS = 1 << 24;

export function tensor(kind: Kind, shape: readonly number[], data: Float64Array): Tensor {
  return { kind, shape, data };
}

/** A tensor of zeros; an error if it would be too large. */
export function zeros(kind: Kind, shape: readonly number[]): Tensor {
  return tensor(kind, shape, new Float64Array(sizeOf(shape)));
}

/** The number of elements of a shape; an error if there are too many. */
export function sizeOf(shape: readonly number[]): number {
  const size = shape.reduce((product, length) => product * length, 1);
  if (!(size >= 0 && size <= MAX_ELEMENTS)) throw new NotScoredHere(`A value of the graph has ${size} elements.`);
  return size;
}

/** An axis counted from the front. */
export function positive(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis;
  if (!(result >= 0 && result < Math.max(rank, 1))) throw new NotScoredHere(`The graph has no axis ${axis}.`);
  return result;
}

/** How a shape falls apart at an axis: the number of elements before it, along it, and behind it. */
export function around(shape: readonly number[], axis: number): { before: number; along: number; behind: number } {
  return {
    before: sizeOf(shape.slice(0, axis)),
    along: shape[axis] ?? 1,
    behind: sizeOf(shape.slice(axis + 1)),
  };
}
