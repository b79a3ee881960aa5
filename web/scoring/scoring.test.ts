import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Cell, load, NotScoredHere, type Row } from "./index";

/** Models, hard rows, and the web service's answers; tests/scoring_cases.py writes them. */
const FOLDER = join(import.meta.dirname, "cases");
/** The largest difference relative to the larger of 1 and the number itself. */
const TOLERANCE = 1e-12;

/** Models that only the web service scores: their texts are cleaned, or their topics found. */
const SERVICE_ONLY = new Set(["text N-grams by weight", "text Topics", "text Words"]);

type Answer = Cell | { float: string };
interface Case {
  name: string;
  runtime: string;
  model: string;
  rows: Row[];
  answers: (Answer[] | { error: string })[];
}

const cases = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Case);

describe.each(cases)("$name", ({ name, runtime, model, rows, answers }) => {
  test("rows are scored as the web service scores them, alone and together", async () => {
    const content = Buffer.from(model, "base64");
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
        found.forEach((cell, place) => expect(same(cell, answer[place]!), `${cell} for ${JSON.stringify(answer[place])}`).toBe(true));
      }
    });
  });
});

function same(found: Cell, wanted: Answer): boolean {
  if (typeof wanted === "object" && wanted !== null) {
    const named = { inf: Infinity, "-inf": -Infinity, nan: null }[wanted.float];
    return Object.is(found, named);
  }
  if (typeof wanted === "number" && typeof found === "number") {
    return Math.abs(found - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted));
  }
  return found === wanted;
}
