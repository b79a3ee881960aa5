import { BadModelFile } from "./errors";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One field of a protobuf message: its number, and its value as bytes, or as a number if it is a single one. */
export interface Field {
  number: number;
  bytes: Uint8Array | null;
  value: bigint;
}

/** The fields of a protobuf message in order. */
export function* readFields(content: Uint8Array): Generator<Field> {
  const reader = new Reader(content);
  while (!reader.ended) {
    const tag = Number(reader.varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        yield { number, bytes: null, value: reader.varint() };
        break;
      case FIXED64:
        yield { number, bytes: reader.take(8), value: 0n };
        break;
      case BYTES:
        yield { number, bytes: reader.take(Number(reader.varint())), value: 0n };
        break;
      case FIXED32:
        yield { number, bytes: reader.take(4), value: 0n };
        break;
      default:
        throw damaged();
    }
  }
}

/** The integers of a repeated field, whether they are packed into bytes or one to a field. */
export function integers(field: Field): number[] {
  if (field.bytes === null) return [Number(BigInt.asIntN(64, field.value))];
  const reader = new Reader(field.bytes);
  const result: number[] = [];
  while (!reader.ended) result.push(Number(BigInt.asIntN(64, reader.varint())));
  return result;
}

/** The floats or doubles (by `width` in bytes) of a repeated field, packed or single. */
export function floats(field: Field, width: 4 | 8): number[] {
  const bytes = bytesOf(field);
  if (bytes.length % width !== 0) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / width }, (_, index) =>
    width === 4 ? view.getFloat32(index * 4, true) : view.getFloat64(index * 8, true),
  );
}

/** A field's bytes; an error if it is a number. */
export function bytesOf(field: Field): Uint8Array {
  if (field.bytes === null) throw damaged();
  return field.bytes;
}

/** A field's text. */
export function textOf(field: Field): string {
  return new TextDecoder().decode(bytesOf(field));
}

class Reader {
  private at = 0;

  constructor(private readonly content: Uint8Array) {}

  get ended(): boolean {
    return this.at >= this.content.length;
  }

  varint(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.content[this.at++];
      if (byte === undefined) throw damaged();
      result |= BigInt(byte & 127) << shift;
      if (byte < 128) return result;
    }
    throw damaged();
  }

  take(length: number): Uint8Array {
    if (!(length >= 0) || this.at + length > this.content.length) throw damaged();
    this.at += length;
    return this.content.subarray(this.at - length, this.at);
  }
}

function damaged(): BadModelFile {
  return new BadModelFile("The model's graph is damaged.");
}
