import { expect, test } from "vitest";
import { evaluationPath, factsOf, type ModelVersionDetails, originWords, summaryWords, usedWords, warningsOf } from "./words";

test("what a model is made of, by its kind", () => {
  expect(summaryWords({ kind: "trees", trees: 100, leaves: 1258, depth: 12 })).toBe("100 trees, 1,258 leaves, depth 12");
  expect(summaryWords({ kind: "linear", weights: 30, zero: 4 })).toBe("30 weights, 4 of them zero");
  expect(summaryWords({ kind: "network", layers: [{}, {}], parameters: 3301, epochs: 40 })).toBe("2 layers, 3,301 parameters, 40 epochs");
  expect(summaryWords({})).toBe("");
  expect(summaryWords({ kind: "trees" })).toBe("");
});

test("where a version comes from", () => {
  const from = (Lineage: object, JobId: string | null = null) => originWords({ JobId, Lineage: Lineage as never });
  expect(from({ experiment: "Tumours", version: 1 }, "83c2fc7c88")).toBe("Tumours, version 1");
  expect(from({ data: {} }, "aee182fbea84")).toBe("job aee182fb");
  expect(from({ imported: true })).toBe("a file");
  expect(from({ challenge: "c1", why: "AUC 0.9 against 0.8" })).toBe("a challenge: AUC 0.9 against 0.8");
  expect(from({})).toBe("–");
});

test("warnings are texts whatever the file has", () => {
  expect(warningsOf({ Lineage: { warnings: ["Train: did not converge", 3] } as never })).toEqual(["Train: did not converge"]);
  expect(warningsOf({ Lineage: {} as never })).toEqual([]);
});

test("facts that are not known are left out", () => {
  const found = { Task: "two-class", Label: "diagnosis", Labels: ["benign", "malignant"], Learner: "Two-Class Boosted Decision Tree", Summary: {}, Lineage: {}, Inputs: [{}], Runtime: "onnx", RuntimeReason: null, Size: 2048, JobId: null };
  expect(Object.fromEntries(factsOf(found as unknown as ModelVersionDetails))).toEqual({
    Predicts: "Two classes of diagnosis", Labels: "benign, malignant", Learner: "Two-Class Boosted Decision Tree", Columns: "1", From: "–", "Scored by": "onnx", File: "2 KB",
  });
});

test("addresses keep names whole", () => {
  expect(evaluationPath("a/b", 2, 1)).toBe("/models/a%2Fb/versions/2/evaluation?against=model%2Fa%252Fb%2F1");
});

test("how many endpoints use it, and whether they have the latest", () => {
  expect(usedWords([], 2)).toBe("not in use");
  expect(usedWords([{ Version: 2 }], 2)).toBe("1 endpoint");
  expect(usedWords([{ Version: 2 }, { Version: 1 }, { Version: 1 }], 2)).toBe("3 endpoints, 1 with the latest");
});
