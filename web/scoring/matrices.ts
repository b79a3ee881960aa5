import { NotScoredHere } from "./errors";
import { around, positive, sizeOf, type Tensor, tensor, zeros } from "./tensor";

/** The product of two matrices, or of stacks of matrices of the same length or one matrix for all. */
export function matmul(left: Tensor, right: Tensor): Tensor {
  if (left.shape.length < 2 || right.shape.length < 2) throw new NotScoredHere("The graph multiplies vectors.");
  const [n, k] = left.shape.slice(-2) as [number, number];
  const [rows, m] = right.shape.slice(-2) as [number, number];
  const stack = left.shape.length >= right.shape.length ? left.shape.slice(0, -2) : right.shape.slice(0, -2);
  const count = sizeOf(stack);
  if (rows !== k || left.data.length % (n * k || 1) !== 0) throw new NotScoredHere("The graph's matrices do not fit.");
  const result = zeros("double", [...stack, n, m]);
  const [one, other] = [left.data.length === n * k, right.data.length === k * m];
  for (let index = 0; index < count; index++) {
    product(result.data, index * n * m, left.data, one ? 0 : index * n * k, right.data, other ? 0 : index * k * m, n, k, m);
  }
  return result;
}

function product(
  result: Float64Array,
  to: number,
  left: Float64Array,
  a: number,
  right: Float64Array,
  b: number,
  n: number,
  k: number,
  m: number,
): void {
  for (let row = 0; row < n; row++) {
    for (let inner = 0; inner < k; inner++) {
      const factor = left[a + row * k + inner]!;
      for (let column = 0; column < m; column++) {
        result[to + row * m + column] = result[to + row * m + column]! + factor * right[b + inner * m + column]!;
      }
    }
  }
}

/** A matrix, or a stack of them, with its axes in the order of `order`; reversed if there is none. */
export function transpose(value: Tensor, order: readonly number[]): Tensor {
  const rank = value.shape.length;
  const axes = order.length ? order : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const strides: number[] = [];
  let stride = 1;
  for (let axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= value.shape[axis]!;
  }
  const shape = axes.map((axis) => value.shape[axis]!);
  const result = new Float64Array(value.data.length);
  const place = new Array<number>(rank).fill(0);
  for (let index = 0; index < result.length; index++) {
    let from = 0;
    for (let axis = 0; axis < rank; axis++) from += place[axis]! * strides[axes[axis]!]!;
    result[index] = value.data[from]!;
    for (let axis = rank - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--) place[axis] = 0;
  }
  return tensor(value.kind, shape, result);
}

/** The elements along an axis, reduced to one each by `f` from `start`. */
export function reduce(
  value: Tensor,
  axes: readonly number[],
  keep: boolean,
  start: number,
  f: (sum: number, x: number) => number,
): Tensor {
  const rank = value.shape.length;
  const all = axes.length ? axes.map((axis) => positive(axis, rank)) : value.shape.map((_, axis) => axis);
  let result = value;
  for (const axis of all) {
    const { before, along, behind } = around(result.shape, axis);
    const data = new Float64Array(before * behind).fill(start);
    for (let b = 0; b < before; b++) {
      for (let a = 0; a < along; a++) {
        for (let e = 0; e < behind; e++) {
          data[b * behind + e] = f(data[b * behind + e]!, result.data[(b * along + a) * behind + e]!);
        }
      }
    }
    result = tensor(
      value.kind,
      result.shape.map((length, index) => (index === axis ? 1 : length)),
      data,
    );
  }
  return keep ? result : tensor(value.kind, value.shape.filter((_, axis) => !all.includes(axis)), result.data);
}

/** The softmax along an axis. */
export function softmax(value: Tensor, axis: number): Tensor {
  const { before, along, behind } = around(value.shape, positive(axis, value.shape.length));
  const result = new Float64Array(value.data.length);
  for (let b = 0; b < before; b++) {
    for (let e = 0; e < behind; e++) {
      const place = (a: number) => (b * along + a) * behind + e;
      let most = -Infinity;
      for (let a = 0; a < along; a++) most = Math.max(most, value.data[place(a)]!);
      let sum = 0;
      for (let a = 0; a < along; a++) sum += result[place(a)] = Math.exp(value.data[place(a)]! - most);
      for (let a = 0; a < along; a++) result[place(a)] = result[place(a)]! / sum;
    }
  }
  return tensor(value.kind, value.shape, result);
}

/** The position of the largest element along an axis, the first of equal ones. */
export function argmax(value: Tensor, axis: number, keep: boolean): Tensor {
  const at = positive(axis, value.shape.length);
  const { before, along, behind } = around(value.shape, at);
  const result = new Float64Array(before * behind);
  for (let b = 0; b < before; b++) {
    for (let e = 0; e < behind; e++) {
      let best = 0;
      for (let a = 1; a < along; a++) {
        if (value.data[(b * along + a) * behind + e]! > value.data[(b * along + best) * behind + e]!) best = a;
      }
      result[b * behind + e] = best;
    }
  }
  const shape = value.shape.map((length, index) => (index === at ? 1 : length));
  return tensor("int64", keep ? shape : shape.filter((_, index) => index !== at), result);
}

/** The sums of the elements up to each, along an axis. */
export function cumulate(value: Tensor, axis: number, exclusive: boolean, reverse: boolean): Tensor {
  const { before, along, behind } = around(value.shape, positive(axis, value.shape.length));
  const result = new Float64Array(value.data.length);
  for (let b = 0; b < before; b++) {
    for (let e = 0; e < behind; e++) {
      let sum = 0;
      for (let step = 0; step < along; step++) {
        const place = (b * along + (reverse ? along - 1 - step : step)) * behind + e;
        if (exclusive) result[place] = sum;
        sum += value.data[place]!;
        if (!exclusive) result[place] = sum;
      }
    }
  }
  return tensor(value.kind, value.shape, result);
}

/** The `k` largest (or smallest) elements along an axis, sorted, and their positions. */
export function topk(value: Tensor, k: number, axis: number, largest: boolean): [Tensor, Tensor] {
  const at = positive(axis, value.shape.length);
  const { before, along, behind } = around(value.shape, at);
  if (!(k >= 0 && k <= along)) throw new NotScoredHere(`The graph takes ${k} of ${along} elements.`);
  const shape = value.shape.map((length, index) => (index === at ? k : length));
  const [values, places] = [zeros(value.kind, shape), zeros("int64", shape)];
  const sign = largest ? -1 : 1;
  for (let b = 0; b < before; b++) {
    for (let e = 0; e < behind; e++) {
      const found = Array.from({ length: along }, (_, a) => a);
      const at = (a: number) => value.data[(b * along + a) * behind + e]!;
      found.sort((x, y) => sign * (at(x) - at(y)) || x - y);
      for (let index = 0; index < k; index++) {
        values.data[(b * k + index) * behind + e] = at(found[index]!);
        places.data[(b * k + index) * behind + e] = found[index]!;
      }
    }
  }
  return [values, places];
}
