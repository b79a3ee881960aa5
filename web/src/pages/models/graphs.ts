/** Models that other libraries trained: the request that imports one, from its file and rows that it can score. */

import { readPasted } from "../test/paste";

/** What an output of a graph can be; "" leaves it to the app, which asks if it is not clear. */
export const OUTPUTS = [
  ["", "As the graph says"],
  ["probabilities", "Probabilities"],
  ["logits", "Logits"],
  ["value", "A value"],
] as const;

/** The most rows that a sample may have. */
const MOST_ROWS = 1000;
/** Base64 and the sample have to fit the 32 MiB of a request. */
export const MOST_BYTES = 23 * 1024 * 1024;

/** Whether a file is a model of another library, which needs a sample beside it. */
export function isForeign(file: string): boolean {
  return /\.(onnx|skops)$/i.test(file);
}

/** A name for the model of a file. */
export function nameOfFile(file: string): string {
  return file.replace(/\.(ilearner|onnx|skops)$/i, "").slice(0, 200);
}

interface Sample {
  ColumnNames: string[];
  Values: (string | number | null)[][];
}

/** The sample in a file of rows, without the column that the model predicts: columns of numbers are numbers, empty cells missing. */
export function readSample(text: string, label: string): Sample {
  const { names, rows } = readPasted(text, []);
  const kept = names.map((_, place) => place).filter((place) => names[place]!.trim() !== label);
  const isNumber = kept.map((place) => rows.every((row) => /^\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?\s*$/i.test(row[place] ?? "")));
  const cell = (row: readonly string[], at: number) => {
    const found = (row[kept[at]!] ?? "").trim();
    return found === "" ? null : isNumber[at] ? Number(found) : found;
  };
  return {
    ColumnNames: kept.map((place) => names[place]!.trim()),
    Values: rows.slice(0, MOST_ROWS).map((row) => kept.map((_, at) => cell(row, at))),
  };
}

/** Bytes in base64, in parts: a call takes a limited number of arguments. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** The body of `POST …/models/{model}/import`. */
export function importBody(content: Uint8Array, sample: string, label: string, outputs: string) {
  return {
    Content: base64(content),
    Sample: readSample(sample, label),
    ...(label !== "" && { Label: label }),
    ...(outputs !== "" && { Outputs: outputs }),
  };
}
