import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MAX_UNPACKED, readArchive } from "./archive";
import { BadModelFile, load, NotScoredHere } from "./index";
import { compileGraph } from "./graph";

const forest = modelOf("two-class-boosted-decision-tree");

function modelOf(name: string): Uint8Array {
  const text = readFileSync(join(import.meta.dirname, "cases", `${name}.json`), "utf8");
  return Buffer.from((JSON.parse(text) as { model: string }).model, "base64");
}

/** A generator of the same numbers each time. */
function* numbers(seed: number): Generator<number> {
  for (;;) {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    yield seed;
  }
}

describe("files that are no models", () => {
  test.each([
    ["nothing", new Uint8Array()],
    ["a text", new TextEncoder().encode("age,city\n1,Oslo\n")],
    ["half a model", forest.subarray(0, forest.length / 2)],
  ])("%s is refused", async (_, content) => {
    await expect(load(content)).rejects.toThrow(BadModelFile);
  });

  test("no more is unpacked than the directory says, and not more than fits", async () => {
    const content = Uint8Array.from(forest);
    const view = new DataView(content.buffer);
    let central = content.length - 22;
    central = view.getUint32(central + 16, true);
    view.setUint32(central + 24, 5, true);
    await expect(readArchive(content)).rejects.toThrow("larger than the directory says");
    view.setUint32(central + 24, MAX_UNPACKED + 1, true);
    await expect(readArchive(content)).rejects.toThrow("unpacks to");
  });

  test("damaged files end in an error of this package and never hang", async () => {
    const random = numbers(1);
    for (let round = 0; round < 200; round++) {
      const content = Uint8Array.from(forest);
      for (let change = 0; change < 3; change++) content[random.next().value % content.length] = random.next().value & 255;
      await load(content).catch((error: unknown) => expect(wellSaid(error), String(error)).toBe(true));
    }
  });

  test("damaged graphs end in an error of this package, or score", async () => {
    const random = numbers(2);
    const members = await readArchive(forest);
    const graph = members.get("model.onnx")!;
    for (let round = 0; round < 400; round++) {
      const content = Uint8Array.from(graph);
      for (let change = 0; change < 3; change++) content[random.next().value % content.length] = random.next().value & 255;
      try {
        compileGraph(content).run(new Float64Array(4), 1);
      } catch (error) {
        expect(wellSaid(error), String(error)).toBe(true);
      }
    }
  });
});

function wellSaid(error: unknown): boolean {
  return error instanceof BadModelFile || error instanceof NotScoredHere;
}
