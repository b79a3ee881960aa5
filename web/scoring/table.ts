/**
 * The table of README.md beside this file: for each learner, how far its answers are from the web service's, and how
 * long a row takes, by the interpreter and by ONNX Runtime in this process. `npm run table` writes it.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-web";
import { type Answer, apart, type Case, readCases } from "./cases";
import { type Cell, load, loadWith, onnxRuntime, type Row } from "./index";

const README = join(import.meta.dirname, "README.md");
const [BEGIN, END] = ["<!-- table -->", "<!-- end of table -->"];
const TOGETHER = 300;
const ROUNDS = 40;

interface Good {
  rows: Row[];
  answers: Answer[][];
}

interface Measured {
  difference: number;
  /** Milliseconds of one row alone, and of one among 300. */
  alone: number;
  together: number;
}

type Score = (rows: readonly Row[]) => Cell[][] | Promise<Cell[][]>;

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const lines: string[] = [];
for (const known of readCases().filter(({ name }) => !/^(transform|text|written|dates)/.test(name))) {
  const content = Buffer.from(known.model, "base64");
  const interpreter = await load(content).catch(() => null);
  const runtime = await loadWith(content, onnxRuntime(ort)).catch(() => null);
  const one = interpreter && (await measure(interpreter.score, known));
  const other = runtime && (await measure(runtime.score, known));
  lines.push(`| ${known.name.replace("foreign ", "")} | ${[one, other].map(cellsOf).join(" | ")} |`);
}
const head = ["| model | interpreter: difference | ms alone | ms of 300 | ONNX Runtime: difference | ms alone | ms of 300 |", "|---|--:|--:|--:|--:|--:|--:|"];
const text = readFileSync(README, "utf8");
const [before, after] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
writeFileSync(README, `${before}\n${[...head, ...lines].join("\n")}\n${after}`);

async function measure(score: Score, known: Case): Promise<Measured> {
  const { rows, answers } = good(known);
  let difference = 0;
  (await score(rows)).forEach((cells, row) =>
    cells.forEach((cell, place) => (difference = Math.max(difference, apart(cell, answers[row]![place]!)))),
  );
  const many = Array.from({ length: TOGETHER }, (_, index) => rows[index % rows.length]!);
  return { difference, alone: await time(() => score(rows.slice(0, 1))), together: (await time(() => score(many))) / TOGETHER };
}

/** The median of the milliseconds that a call takes, once it is warm. */
async function time(call: () => unknown): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const start = performance.now();
    await call();
    taken.push(performance.now() - start);
  }
  return taken.slice(ROUNDS).sort((a, b) => a - b)[ROUNDS / 2]!;
}

function good({ rows, answers }: Case): Good {
  const kept = rows.flatMap((row, index) => (Array.isArray(answers[index]) ? [{ row, answer: answers[index] }] : []));
  return { rows: kept.map(({ row }) => row), answers: kept.map(({ answer }) => answer) };
}

function cellsOf(found: Measured | null): string {
  if (found === null) return "– | – | –";
  const { difference, alone, together } = found;
  return [difference === 0 ? "0" : difference.toExponential(1), alone.toFixed(2), together.toFixed(3)].join(" | ");
}
