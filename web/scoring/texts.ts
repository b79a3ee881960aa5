import type { Cell } from "./cells";
import { NotScoredHere } from "./errors";

/** Columns of the matrix that are counted in texts, as `encoder.json` stores them. */
export interface TextColumns {
  plan: number;
  text: string;
  bits?: number;
  size?: number;
  grams?: string[];
  inverse?: number[];
  skip?: number;
  weight?: string;
  shortest?: number;
  longest?: number;
  normalize?: boolean;
}

/** Counts texts in columns: `width` of them. */
export interface TextCounter {
  width: number;
  vector(text: Cell): Float64Array;
}

const MAX_CHARACTERS = 100_000;
const MAX_BITS = 13;
const MAX_VOCABULARY = 8192;
const WORD = /[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*/gu;
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** The counter for what a model counts in texts; an error if this package does not count so. */
export function textCounter(given: TextColumns): TextCounter {
  if (given.text === "HashedText") return hashed(given.bits ?? 0, Math.max(given.size ?? 1, 1));
  if (given.text === "VocabularyText") return vocabulary(given);
  const known = given.text === "TopicText" ? "Topics of texts are found" : "Tokens of texts are counted";
  throw new NotScoredHere(`${known} by the web service only.`);
}

function hashed(bits: number, size: number): TextCounter {
  if (!(bits >= 1 && bits <= MAX_BITS)) throw new NotScoredHere(`The model hashes texts into ${bits} bits.`);
  const width = 1 << bits;
  return {
    width,
    vector(text) {
      const result = new Float64Array(width);
      for (const gram of grams(words(text), size, 0)) {
        const place = crc32(gram) & (width - 1);
        result[place] = result[place]! + 1;
      }
      return result;
    },
  };
}

function vocabulary(given: TextColumns): TextCounter {
  const known = new Map((given.grams ?? []).map((gram, place) => [gram, place]));
  const inverse = given.inverse ?? [];
  const { size = 1, skip = 0, weight = "", shortest = 0, longest = Infinity } = given;
  if (known.size !== inverse.length || known.size > MAX_VOCABULARY) throw new NotScoredHere("The vocabulary is too large.");
  const [counts, rarity] = [/^(?:TF|TF-IDF) Weight$/.test(weight), /^(?:IDF|TF-IDF) Weight$/.test(weight)];
  return {
    width: known.size,
    vector(text) {
      const result = new Float64Array(known.size);
      const fitting = words(text).filter((word) => {
        const length = [...word].length;
        return length >= shortest && length <= longest;
      });
      for (const gram of grams(fitting, size, skip)) {
        const place = known.get(gram);
        if (place !== undefined) result[place] = counts ? result[place]! + 1 : 1;
      }
      if (rarity) for (let place = 0; place < result.length; place++) result[place] = result[place]! * inverse[place]!;
      return given.normalize ? normalized(result) : result;
    },
  };
}

function normalized(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}

function words(text: Cell): string[] {
  if (typeof text !== "string") return [];
  const start = text.length <= MAX_CHARACTERS ? text : [...text].slice(0, MAX_CHARACTERS).join("");
  return start.match(WORD) ?? [];
}

/** All sequences of 1 to `size` words that leave out at most `skip` words in between. */
function* grams(found: readonly string[], size: number, skip: number): Generator<string> {
  for (let length = 1; length <= size; length++) {
    for (let start = 0; start + length <= found.length; start++) {
      if (!skip || length === 1) {
        yield found.slice(start, start + length).join("_");
      } else {
        const window = found.slice(start + 1, start + length + skip);
        for (const rest of combinations(window, length - 1)) yield [found[start], ...rest].join("_");
      }
    }
  }
}

function* combinations(items: readonly string[], count: number): Generator<string[]> {
  if (count === 0) yield [];
  for (let first = 0; count > 0 && first + count <= items.length; first++) {
    for (const rest of combinations(items.slice(first + 1), count - 1)) yield [items[first]!, ...rest];
  }
}

function crc32(text: string): number {
  let value = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) value = (value >>> 8) ^ CRC[(value ^ byte) & 255]!;
  return (value ^ 0xffffffff) >>> 0;
}
