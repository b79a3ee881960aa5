import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { apart, type Case, readCases } from "./cases";
import { load, loadWith, onnxRuntime } from "./index";

// In a page they are threads of a worker; one is enough for rows, and needs no shared memory.
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const engine = onnxRuntime(ort as never);

/** `PERENNIAL_ALL_CASES=1`, as each night: every learner and transformation; else one graph of each kind. */
const ALL = process.env["PERENNIAL_ALL_CASES"] === "1";
const QUICK = new Set([
  "foreign torch-digits",
  "foreign xgboost-diabetes",
  "Two-Class Logistic Regression",
  "Multiclass Decision Forest",
]);

const scored = readCases().filter(({ runtime, name }) => runtime === "onnx" && (ALL || QUICK.has(name)));

describe.each(scored)("$name", (known) => {
  test("ONNX Runtime in a browser gives the web service's answers, and the interpreter's", async () => {
    const content = Buffer.from(known.model, "base64");
    const loaded = await loadWith(content, engine).catch((error: unknown) => {
      // Rows that only the service reads: no engine helps with those.
      expect(String(error)).toContain("web service only");
    });
    if (!loaded) return;
    const interpreter = await load(content).catch(() => null);
    const { rows, answers } = good(known);
    const found = await loaded.score(rows);
    const also = interpreter?.score(rows);
    const tolerance = known.name.startsWith("foreign ") ? 1e-5 : 1e-12;
    found.forEach((cells, row) =>
      cells.forEach((cell, place) => {
        const wanted = answers[row]![place]!;
        expect(apart(cell, wanted), `${cell} for ${JSON.stringify(wanted)}`).toBeLessThanOrEqual(tolerance);
        if (also) expect(apart(also[row]![place]!, cell)).toBeLessThanOrEqual(tolerance);
      }),
    );
  });
});

test("what ONNX Runtime cannot open is said, and no rows ask for nothing", async () => {
  const known = scored.find(({ name }) => name === "Two-Class Logistic Regression")!;
  const content = Buffer.from(known.model, "base64");
  await expect(loadWith(content, async () => Promise.reject(new Error("no such operator")))).rejects.toThrow("no such operator");
  const loaded = await loadWith(content, async () => () => Promise.reject(new Error("asked")));
  expect(await loaded.scores([])).toEqual([]);
});

function good({ rows, answers }: Case) {
  const kept = rows.flatMap((row, index) => (Array.isArray(answers[index]) ? [{ row, answer: answers[index] }] : []));
  return { rows: kept.map(({ row }) => row), answers: kept.map(({ answer }) => answer) };
}
