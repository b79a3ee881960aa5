import { expect, test } from "vitest";
import { challengeWords, gateWords, policySentence } from "./policyWords";
import type { Policy } from "./shapes";

const policy = (more: Partial<Policy>) =>
  ({ TrainingService: "Income [training exp.]", Trigger: { Type: "Upload" }, Gate: { Metric: "AUC", HeldBackData: "held-back.csv", AtMostWorse: 0.005 }, ...more }) as Policy;

test("a policy says when it trains and what a model must achieve", () => {
  expect(policySentence(policy({}))).toBe(
    "Trains by Income [training exp.] on each file uploaded for it. The new model takes over if its AUC is at most 0.005 worse on held-back.csv.",
  );
  const nightly = policy({
    Trigger: { Type: "Schedule", Recurrence: { frequency: "Day", interval: 2 } },
    TrainingData: "people.csv",
    Gate: { Metric: "AUC", HeldBackData: "h.csv", Better: 0.01 },
  });
  expect(policySentence(nightly)).toContain("on people.csv, every 2 days. The new model takes over if its AUC is at least 0.01 better");
});

test("a policy names its training service by id, which the page knows by name", () => {
  const saved = policy({ TrainingService: "82f1aca74eb0c3b4c8d88ad9107adce7" });
  expect(policySentence(saved, "Income [training exp.]")).toMatch(/^Trains by Income \[training exp\.\] on each file/);
  expect(gateWords(saved.Gate)).toBe("AUC at most 0.005 worse on held-back.csv");
});

test("a challenge says both metrics with the rows they were measured on", () => {
  expect(challengeWords({ Metric: "AUC", Challenger: 0.9917, Champion: 0.875, Rows: 1280 })).toBe("AUC 0.9917 against 0.875, 1,280 rows");
  expect(challengeWords({ Metric: null, Challenger: null, Champion: null, Rows: null })).toBe("");
});
