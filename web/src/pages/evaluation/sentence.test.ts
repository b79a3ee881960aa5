import { expect, test } from "vitest";
import type { Evaluated } from "./evaluated";
import { sentence } from "./sentence";

const model = (name: string, auc: number | null): Evaluated => ({
  name, learner: "", task: "two-class", label: "income", labels: ["no", "yes"], metrics: { AUC: auc },
  details: { curve: { thresholds: [0.5, 0.1], truePositives: [3, 4], falsePositives: [1, 6], positives: 4, negatives: 6, exact: true } },
});

test("two models: which does better, and by what", () => {
  expect(sentence([model("Trees", 0.8), model("Logistic", 0.9)])).toBe(
    "10 evaluated rows. Label income, 4 rows are yes. Logistic does better: AUC 0.900 against 0.800.",
  );
});

test("one model, and none", () => {
  expect(sentence([model("Trees", 0.8)])).toContain("AUC 0.800.");
  expect(sentence([])).toBe("");
});

test("equal models are said to be equal", () => {
  expect(sentence([model("A", 0.8), model("B", 0.8)])).toContain("Both have the same AUC, 0.800.");
});

test("a metric that is not in the file is counted from the curve", () => {
  expect(sentence([model("A", null)])).toContain("AUC 0.792");
});
