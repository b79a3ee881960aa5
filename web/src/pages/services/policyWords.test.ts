import { expect, test } from "vitest";
import { policySentence } from "./policyWords";
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
