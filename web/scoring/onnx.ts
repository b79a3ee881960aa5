import { BadModelFile, NotScoredHere } from "./errors";
import { bytesOf, floats, integers, readFields, textOf } from "./protobuf";
import { type Kind, sizeOf, type Tensor, tensor } from "./tensor";

/** The value of an attribute; a node says which it wants. */
export interface Attribute {
  number: number;
  integers: number[];
  floats: number[];
  text: string;
  tensor: Tensor | null;
}

export interface Node {
  operator: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

export interface Graph {
  nodes: Node[];
  constants: Map<string, Tensor>;
}

const MAX_NODES = 5_000;
const MAX_CONSTANTS = 20_000;
const FLOAT = 1;
const UINT8 = 2;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;
const DOUBLE = 11;

/** The graph of a serialised ONNX model. */
export function readGraph(content: Uint8Array): Graph {
  for (const field of readFields(content)) {
    if (field.number === 7) return graph(bytesOf(field));
  }
  throw new BadModelFile("The model has no graph.");
}

function graph(content: Uint8Array): Graph {
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  for (const field of readFields(content)) {
    if (field.number === 1) nodes.push(node(bytesOf(field)));
    if (field.number === 5) {
      const [name, value] = named(bytesOf(field));
      constants.set(name, value);
    }
    if (nodes.length > MAX_NODES || constants.size > MAX_CONSTANTS) {
      throw new NotScoredHere(`The graph has more than ${MAX_NODES} nodes or ${MAX_CONSTANTS} constants.`);
    }
  }
  return { nodes, constants };
}

function node(content: Uint8Array): Node {
  const result: Node = { operator: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  for (const field of readFields(content)) {
    if (field.number === 1) result.inputs.push(textOf(field));
    if (field.number === 2) result.outputs.push(textOf(field));
    if (field.number === 4) result.operator = textOf(field);
    if (field.number === 7) result.domain = textOf(field);
    if (field.number === 5) {
      const [name, value] = attribute(bytesOf(field));
      result.attributes.set(name, value);
    }
  }
  return result;
}

function attribute(content: Uint8Array): [string, Attribute] {
  let name = "";
  const result: Attribute = { number: 0, integers: [], floats: [], text: "", tensor: null };
  for (const field of readFields(content)) {
    if (field.number === 1) name = textOf(field);
    if (field.number === 2) result.number = floats(field, 4)[0] ?? 0;
    if (field.number === 3) result.number = integers(field)[0] ?? 0;
    if (field.number === 4) result.text = textOf(field);
    if (field.number === 5) result.tensor = named(bytesOf(field))[1];
    if (field.number === 7) result.floats.push(...floats(field, 4));
    if (field.number === 8) for (const value of integers(field)) result.integers.push(value);
    if (field.number === 6) throw new NotScoredHere("The graph has graphs in it.");
  }
  return [name, result];
}

function named(content: Uint8Array): [string, Tensor] {
  let name = "";
  let type = 0;
  const shape: number[] = [];
  const values: number[] = [];
  let raw: Uint8Array | null = null;
  for (const field of readFields(content)) {
    if (field.number === 1) shape.push(...integers(field));
    if (field.number === 2) type = Number(field.value);
    if (field.number === 5 || field.number === 7) append(values, integers(field));
    if (field.number === 10) append(values, floats(field, 8));
    if (field.number === 8) name = textOf(field);
    if (field.number === 9) raw = bytesOf(field);
    if (field.number === 13) throw new NotScoredHere("The graph has data outside of its file.");
    if (field.number === 4) throw single();
  }
  const kind = kindOf(type);
  const data = raw === null ? Float64Array.from(values) : fromRaw(raw, type);
  if (data.length !== sizeOf(shape)) throw new BadModelFile(`The constant '${name}' does not have its shape's size.`);
  return [name, tensor(kind, shape, data)];
}

function append(values: number[], more: number[]): void {
  for (const value of more) values.push(value);
}

function kindOf(type: number): Kind {
  if (type === DOUBLE) return "double";
  if (type === BOOL) return "bool";
  if (type === INT64 || type === INT32 || type === UINT8) return "int64";
  throw type === FLOAT ? single() : new NotScoredHere(`The graph has values of type ${type}.`);
}

/** The kind of a `to` attribute of Cast. */
export function castTarget(type: number): Kind {
  return type === FLOAT ? "float" : kindOf(type);
}

function single(): NotScoredHere {
  return new NotScoredHere("The graph works in single precision, as models from elsewhere do.");
}

function fromRaw(raw: Uint8Array, type: number): Float64Array {
  const width = type === DOUBLE || type === INT64 ? 8 : type === INT32 ? 4 : 1;
  if (raw.length % width !== 0) throw new BadModelFile("A constant of the graph is damaged.");
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const result = new Float64Array(raw.length / width);
  for (let index = 0; index < result.length; index++) result[index] = element(view, index * width, type);
  return result;
}

function element(view: DataView, at: number, type: number): number {
  if (type === DOUBLE) return view.getFloat64(at, true);
  if (type === INT64) return Number(view.getBigInt64(at, true));
  if (type === INT32) return view.getInt32(at, true);
  return view.getUint8(at);
}

