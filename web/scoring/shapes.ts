import { offsets } from "./elementwise";
import { NotScoredHere } from "./errors";
import { around, positive, sizeOf, type Tensor, tensor, zeros } from "./tensor";

/** Tensors one behind the other along an axis. */
export function concat(values: readonly Tensor[], axis: number): Tensor {
  const first = values[0]!;
  const at = positive(axis, first.shape.length);
  const along = values.reduce((sum, value) => sum + value.shape[at]!, 0);
  const result = zeros(first.kind, first.shape.map((length, index) => (index === at ? along : length)));
  let start = 0;
  for (const value of values) {
    const { before, along: width, behind } = around(value.shape, at);
    for (let b = 0; b < before; b++) {
      const part = value.data.subarray(b * width * behind, (b + 1) * width * behind);
      result.data.set(part, (b * along + start) * behind);
    }
    start += width;
  }
  return result;
}

/** The slices of a tensor at `indices` of an axis. */
export function gather(value: Tensor, indices: Tensor, axis: number): Tensor {
  const at = positive(axis, value.shape.length);
  const { before, along, behind } = around(value.shape, at);
  const count = indices.data.length;
  const shape = [...value.shape.slice(0, at), ...indices.shape, ...value.shape.slice(at + 1)];
  const result = zeros(value.kind, shape);
  for (let b = 0; b < before; b++) {
    for (let index = 0; index < count; index++) {
      const from = (b * along + inside(indices.data[index]!, along)) * behind;
      for (let e = 0; e < behind; e++) result.data[(b * count + index) * behind + e] = value.data[from + e]!;
    }
  }
  return result;
}

/** For each element of `indices`, the element of `value` at that place of the axis and its own place otherwise. */
export function gatherElements(value: Tensor, indices: Tensor, axis: number): Tensor {
  const at = positive(axis, value.shape.length);
  const { along, behind } = around(value.shape, at);
  const inner = around(indices.shape, at);
  const result = zeros(value.kind, indices.shape);
  if (inner.behind !== behind) throw new NotScoredHere("The graph gathers elements from another shape.");
  for (let b = 0; b < inner.before; b++) {
    for (let a = 0; a < inner.along; a++) {
      for (let e = 0; e < behind; e++) {
        const place = (b * inner.along + a) * behind + e;
        result.data[place] = value.data[(b * along + inside(indices.data[place]!, along)) * behind + e]!;
      }
    }
  }
  return result;
}

function inside(index: number, length: number): number {
  const result = index < 0 ? index + length : index;
  if (!(result >= 0 && result < length)) throw new NotScoredHere(`The graph reads element ${index} of ${length}.`);
  return result;
}

/** A part of a tensor: from `starts` to `ends` in `steps` along `axes`. */
export function slice(value: Tensor, starts: Tensor, ends: Tensor, axes?: Tensor, steps?: Tensor): Tensor {
  let result = value;
  for (let index = 0; index < starts.data.length; index++) {
    const axis = positive(axes ? axes.data[index]! : index, value.shape.length);
    const step = steps ? steps.data[index]! : 1;
    const length = result.shape[axis]!;
    result = gather(result, positions(starts.data[index]!, ends.data[index]!, step, length), axis);
  }
  return result;
}

function positions(start: number, end: number, step: number, length: number): Tensor {
  if (step === 0) throw new NotScoredHere("The graph cuts in steps of 0.");
  const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const from = step > 0 ? clamp(start, 0, length) : clamp(start, -1, length - 1);
  const to = step > 0 ? clamp(end, 0, length) : end < -length ? -1 : clamp(end, -1, length - 1);
  const found: number[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) found.push(at);
  return tensor("int64", [found.length], Float64Array.from(found));
}

/** The same elements in another shape, where 0 keeps a length and -1 is what is left. */
export function reshape(value: Tensor, to: Tensor): Tensor {
  const shape = Array.from(to.data, (length, axis) => (length === 0 ? (value.shape[axis] ?? 0) : length));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const known = shape.reduce((product, length, axis) => (axis === open ? product : product * length), 1);
    shape[open] = known ? value.data.length / known : 0;
  }
  if (sizeOf(shape) !== value.data.length) throw new NotScoredHere(`The graph reshapes [${value.shape}] to [${shape}].`);
  return tensor(value.kind, shape, value.data);
}

/** The same elements with axes of length 1 at `axes`. */
export function unsqueeze(value: Tensor, axes: Tensor): Tensor {
  const rank = value.shape.length + axes.data.length;
  const added = new Set(Array.from(axes.data, (axis) => positive(axis, rank)));
  const rest = [...value.shape];
  const shape = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!));
  return tensor(value.kind, shape, value.data);
}

/** The same elements without the axes of length 1, or without those of `axes`. */
export function squeeze(value: Tensor, axes?: Tensor): Tensor {
  const rank = value.shape.length;
  const dropped = axes ? new Set(Array.from(axes.data, (axis) => positive(axis, rank))) : null;
  const shape = value.shape.filter((length, axis) => (dropped ? !dropped.has(axis) : length !== 1));
  if (sizeOf(shape) !== value.data.length) throw new NotScoredHere("The graph drops an axis that is not of length 1.");
  return tensor(value.kind, shape, value.data);
}

/** A tensor repeated to a shape. */
export function expand(value: Tensor, to: Tensor): Tensor {
  const rank = Math.max(value.shape.length, to.data.length);
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(value.shape[axis - rank + value.shape.length] ?? 1, to.data[axis - rank + to.data.length] ?? 1),
  );
  const result = zeros(value.kind, shape);
  const place = offsets(value.shape, shape);
  for (let index = 0; index < result.data.length; index++) result.data[index] = value.data[place(index)]!;
  return result;
}

/** A tensor cut into parts along an axis. */
export function split(value: Tensor, lengths: readonly number[], axis: number): Tensor[] {
  const at = positive(axis, value.shape.length);
  let start = 0;
  return lengths.map((length) => {
    const part = gather(value, positions(start, start + length, 1, value.shape[at]!), at);
    start += length;
    return part;
  });
}
