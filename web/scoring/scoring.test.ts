import { describe, expect, test } from "vitest";
import { apart, readCases } from "./cases";
import { GraphNotScoredHere, load, NotScoredHere } from "./index";

/** The largest difference relative to the larger of 1 and the number itself. */
const TOLERANCE = 1e-12;

/** Models that only the web service scores: their texts are cleaned, or their topics found. */
const SERVICE_ONLY = new Set(["text N-grams by weight", "text Topics", "text Words"]);

/** Of the models of other libraries, all but this one work in single precision. */
const isSingle = (name: string) => name.startsWith("foreign ") && !name.includes("skl2onnx");

describe.each(readCases())("$name", ({ name, runtime, model, rows, answers }) => {
  test("rows are scored as the web service scores them, alone and together", async () => {
    const content = Buffer.from(model, "base64");
    if (isSingle(name)) {
      await expect(load(content)).rejects.toThrow(GraphNotScoredHere);
      return;
    }
    if (runtime !== "onnx" || SERVICE_ONLY.has(name)) {
      await expect(load(content)).rejects.toThrow(NotScoredHere);
      return;
    }
    const loaded = await load(content);
    const good = rows.filter((_, index) => Array.isArray(answers[index]));
    expect(good.length).toBeGreaterThan(4);
    const together = loaded.score(good);
    rows.forEach((row, index) => {
      const answer = answers[index]!;
      if (!Array.isArray(answer)) {
        expect(() => loaded.score([row])).toThrow(answer.error);
        return;
      }
      for (const found of [loaded.score([row])[0]!, together[good.indexOf(row)]!]) {
        expect(found).toHaveLength(answer.length);
        found.forEach((cell, place) =>
          expect(apart(cell, answer[place]!), `${cell} for ${JSON.stringify(answer[place])}`).toBeLessThanOrEqual(TOLERANCE),
        );
      }
    });
  });
});
