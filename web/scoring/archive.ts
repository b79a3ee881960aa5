import { BadModelFile } from "./errors";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const STORED = 0;
const DEFLATED = 8;
/** What the members may unpack to together, in bytes. */
export const MAX_UNPACKED = 256 * 1024 * 1024;
const MAX_MEMBERS = 16;

interface Entry {
  name: string;
  method: number;
  packed: number;
  size: number;
  offset: number;
}

/**
 * The members of a `.ilearner` file by name. Like the app's own reader, it takes stored and deflated members only,
 * and never unpacks more than the directory says.
 */
export async function readArchive(content: Uint8Array): Promise<Map<string, Uint8Array>> {
  const entries = readDirectory(content);
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > MAX_UNPACKED) throw new BadModelFile(`The model unpacks to ${total} bytes, at most ${MAX_UNPACKED}.`);
  const members = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (members.has(entry.name)) throw new BadModelFile(`The model file has ${entry.name} twice.`);
    members.set(entry.name, await unpack(content, entry));
  }
  return members;
}

function readDirectory(content: Uint8Array): Entry[] {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > MAX_MEMBERS) throw new BadModelFile(`The model file has ${count} members.`);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 46 > content.length || view.getUint32(at, true) !== CENTRAL) throw notAnArchive();
    const nameLength = view.getUint16(at + 28, true);
    entries.push({
      name: new TextDecoder().decode(content.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65535); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw notAnArchive();
}

async function unpack(content: Uint8Array, entry: Entry): Promise<Uint8Array> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (entry.offset + 30 > content.length || view.getUint32(entry.offset, true) !== LOCAL) throw notAnArchive();
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  const packed = content.subarray(start, start + entry.packed);
  if (entry.method === STORED && packed.length === entry.size) return packed;
  if (entry.method !== DEFLATED) throw new BadModelFile(`${entry.name} is neither stored nor deflated.`);
  return inflate(packed, entry);
}

async function inflate(packed: Uint8Array, entry: Entry): Promise<Uint8Array> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const result = new Uint8Array(entry.size);
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > entry.size) throw new BadModelFile(`${entry.name} is larger than the directory says.`);
      result.set(value, at);
      at += value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error instanceof BadModelFile ? error : new BadModelFile(`${entry.name} is damaged.`);
  }
  if (at !== entry.size) throw new BadModelFile(`${entry.name} is shorter than the directory says.`);
  return result;
}

function notAnArchive(): BadModelFile {
  return new BadModelFile("The file is not a trained model (.ilearner).");
}
