import { map, rint, where, zip } from "./elementwise";
import { NotScoredHere } from "./errors";
import { argmax, cumulate, matmul, reduce, softmax, topk, transpose } from "./matrices";
import { castTarget, type Node } from "./onnx";
import { concat, expand, gather, gatherElements, reshape, slice, split, squeeze, unsqueeze } from "./shapes";
import { type Kind, type Tensor, tensor } from "./tensor";
import { treeEnsemble } from "./trees";

/** What a node computes: its outputs from its inputs; an input that a node leaves out is undefined. */
export type Operation = (...inputs: Tensor[]) => Tensor | Tensor[];

type Compile = (node: Node) => Operation;
const unary =
  (f: (x: number) => number): Compile =>
  () =>
  (x) =>
    map(x!, f);
const test =
  (f: (x: number) => boolean): Compile =>
  () =>
  (x) =>
    map(x!, (value) => Number(f(value)), "bool");
const binary =
  (f: (x: number, y: number) => number): Compile =>
  () =>
  (x, y) =>
    zip(x!, y!, f);
const compare =
  (f: (x: number, y: number) => boolean): Compile =>
  () =>
  (x, y) =>
    zip(x!, y!, (a, b) => Number(f(a, b)), "bool");
const many =
  (f: (x: number, y: number) => number): Compile =>
  () =>
  (...values) =>
    values.reduce((sum, value) => zip(sum, value, f));
/** The largest or the smallest, NaN if one of them is: as numpy and ONNX Runtime have it. */
const largest = (x: number, y: number) => (x !== x || y !== y ? NaN : Math.max(x, y));
const smallest = (x: number, y: number) => (x !== x || y !== y ? NaN : Math.min(x, y));

const CONVERSIONS: Record<Kind, (x: number) => number> = {
  double: (x) => x,
  float: Math.fround,
  int64: Math.trunc,
  bool: (x) => Number(x !== 0),
};

const OPERATORS: Record<string, Compile> = {
  Abs: unary(Math.abs),
  Acos: unary(Math.acos),
  Add: binary((x, y) => x + y),
  And: compare((x, y) => x !== 0 && y !== 0),
  ArgMax: (node) => (x) => argmax(x!, number(node, "axis", 0), number(node, "keepdims", 1) === 1),
  Asin: unary(Math.asin),
  Atan: unary(Math.atan),
  Cast: (node) => {
    const kind = castTarget(number(node, "to", 0));
    return (x) => map(x!, CONVERSIONS[kind], kind);
  },
  Ceil: unary(Math.ceil),
  Clip: () => (x, low, high) => {
    const [from, to] = [low?.data[0] ?? -Infinity, high?.data[0] ?? Infinity];
    return map(x!, (value) => (value < from ? from : value > to ? to : value));
  },
  Concat: (node) => (...values) => concat(values, number(node, "axis", 0)),
  Constant: (node) => {
    const value = node.attributes.get("value")?.tensor;
    if (!value) throw new NotScoredHere("The graph has a constant that is no tensor.");
    return () => value;
  },
  Cos: unary(Math.cos),
  Cosh: unary(Math.cosh),
  CumSum: (node) => {
    const [exclusive, reverse] = [number(node, "exclusive", 0) === 1, number(node, "reverse", 0) === 1];
    return (x, axis) => cumulate(x!, axis!.data[0]!, exclusive, reverse);
  },
  Div: () => (x, y) => zip(x!, y!, x!.kind === "int64" ? (a, b) => Math.trunc(a / b) : (a, b) => a / b),
  Equal: compare((x, y) => x === y),
  Exp: unary(Math.exp),
  Expand: () => (x, to) => expand(x!, to!),
  Floor: unary(Math.floor),
  Gather: (node) => (x, indices) => gather(x!, indices!, number(node, "axis", 0)),
  GatherElements: (node) => (x, indices) => gatherElements(x!, indices!, number(node, "axis", 0)),
  Gemm: (node) => {
    const [alpha, beta] = [number(node, "alpha", 1), number(node, "beta", 1)];
    const turned = (value: Tensor, name: string) => (number(node, name, 0) === 1 ? transpose(value, []) : value);
    return (a, b, c) => {
      const found = matmul(turned(a!, "transA"), turned(b!, "transB"));
      const scaled = alpha === 1 ? found : map(found, (x) => alpha * x);
      return c ? zip(scaled, c, (x, y) => x + beta * y) : scaled;
    };
  },
  Greater: compare((x, y) => x > y),
  GreaterOrEqual: compare((x, y) => x >= y),
  Identity: () => (x) => x!,
  IsInf: test((x) => Math.abs(x) === Infinity),
  IsNaN: test((x) => x !== x),
  Less: compare((x, y) => x < y),
  LessOrEqual: compare((x, y) => x <= y),
  Log: unary(Math.log),
  MatMul: () => (x, y) => matmul(x!, y!),
  Max: many(largest),
  Min: many(smallest),
  Mod: (node) => {
    const c = number(node, "fmod", 0) === 1;
    return (x, y) => zip(x!, y!, c ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b));
  },
  Mul: binary((x, y) => x * y),
  Neg: unary((x) => -x),
  Not: test((x) => x === 0),
  Or: compare((x, y) => x !== 0 || y !== 0),
  Pow: binary((x, y) => x ** y),
  Reciprocal: unary((x) => 1 / x),
  ReduceMax: reduction(-Infinity, largest),
  ReduceMean: (node) => (x, axes) => {
    const sum = reduce(x!, reducedAxes(node, axes), number(node, "keepdims", 1) === 1, 0, (a, b) => a + b);
    const count = x!.data.length / Math.max(sum.data.length, 1);
    return map(sum, (value) => value / count);
  },
  ReduceMin: reduction(Infinity, smallest),
  ReduceSum: reduction(0, (x, y) => x + y),
  Relu: unary((x) => (x > 0 || x !== x ? x : 0)),
  Reshape: () => (x, to) => reshape(x!, to!),
  Round: unary(rint),
  Shape: () => (x) => tensor("int64", [x!.shape.length], Float64Array.from(x!.shape)),
  Sigmoid: unary((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Sinh: unary(Math.sinh),
  Slice: () => (x, starts, ends, axes, steps) => slice(x!, starts!, ends!, axes, steps),
  Softmax: (node) => (x) => softmax(x!, number(node, "axis", -1)),
  Split: (node) => (x, lengths) => {
    const axis = number(node, "axis", 0);
    const along = x!.shape[axis < 0 ? axis + x!.shape.length : axis] ?? 0;
    const equal = Array.from(node.outputs, () => Math.ceil(along / node.outputs.length));
    return split(x!, lengths ? [...lengths.data] : equal, axis);
  },
  Sqrt: unary(Math.sqrt),
  Squeeze: () => (x, axes) => squeeze(x!, axes),
  Sub: binary((x, y) => x - y),
  Sum: many((x, y) => x + y),
  Tan: unary(Math.tan),
  Tanh: unary(Math.tanh),
  TopK: (node) => (x, k) => topk(x!, k!.data[0]!, number(node, "axis", -1), number(node, "largest", 1) === 1),
  Transpose: (node) => (x) => transpose(x!, node.attributes.get("perm")?.integers ?? []),
  Unsqueeze: () => (x, axes) => unsqueeze(x!, axes!),
  Where: () => (condition, x, y) => where(condition!, x!, y!),
  Xor: compare((x, y) => (x !== 0) !== (y !== 0)),
};

/** The operators of ai.onnx.ml. */
const LEARNED: Record<string, Compile> = {
  TreeEnsemble: (node) => {
    const ensemble = treeEnsemble(node.attributes);
    return (x) => ensemble(x!);
  },
};

/** What a node computes, with its attributes read once; an error if this package does not know its operator. */
export function compileNode(node: Node): Operation {
  const known = node.domain === "ai.onnx.ml" ? LEARNED : OPERATORS;
  const compile = node.domain === "" || node.domain === "ai.onnx.ml" ? known[node.operator] : undefined;
  if (!compile || !Object.hasOwn(known, node.operator)) {
    throw new NotScoredHere(`The graph has the operator ${node.operator.slice(0, 60)}, which only the web service computes.`);
  }
  return compile(node);
}

function reduction(start: number, f: (x: number, y: number) => number): Compile {
  return (node) => (x, axes) => reduce(x!, reducedAxes(node, axes), number(node, "keepdims", 1) === 1, start, f);
}

/** The axes of a reduction, an input or before opset 18 an attribute. */
function reducedAxes(node: Node, axes: Tensor | undefined): readonly number[] {
  return axes ? [...axes.data] : (node.attributes.get("axes")?.integers ?? []);
}

function number(node: Node, name: string, otherwise: number): number {
  return node.attributes.get(name)?.number ?? otherwise;
}

