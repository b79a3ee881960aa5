import { expect, it } from "vitest";
import { SHADOW_STEP } from "./deploy/plan";
import { bodyOf, draftOf, isPlanWrong } from "./policyDraft";
import type { Policy } from "./shapes";

const policy = {
  TrainingService: "s1",
  Trigger: { Type: "Drift", Metric: "PSI", For: { Days: 2 } },
  TrainingData: "people.csv + log",
  Gate: { Metric: "AUC", HeldBackData: "held-back.csv", Better: 0.01, MinimumRows: 100 },
  Promotion: {
    Name: "next",
    Steps: [{ Shadow: 5000, Gate: { Agreement: 0.9 } }, { Share: 5, Minutes: 60, WaitHours: 24 }, { Share: 100, Minutes: 10, Calls: 0 }],
    Gate: { ErrorRate: 0.07, Metric: "AUC", Better: 0.02, MinimumTruths: 300 },
    Key: { Column: "customer" },
  },
} as unknown as Policy;

it("is sent back as it was: what no field shows stays, of drift, gate and steps", () => {
  const { Steps, ...plan } = policy.Promotion!;
  expect(bodyOf(draftOf(policy), policy)).toEqual({
    ...policy,
    Promotion: { ...plan, Steps: [{ ...Steps[0], Minutes: 10 }, { ...Steps[1], Calls: 20 }, Steps[2]] },
  });
});

it("takes steps away and adds them, and says when one is wrong", () => {
  const draft = draftOf(policy);
  expect(bodyOf({ ...draft, inSteps: false }, policy)).not.toHaveProperty("Promotion");
  const made = { ...draftOf(undefined), service: "s1", heldBack: "held-back.csv" };
  expect(bodyOf(made, undefined)).toEqual({ TrainingService: "s1", Trigger: { Type: "Upload" }, Gate: { Metric: "AUC", HeldBackData: "held-back.csv", AtMostWorse: 0 } });
  expect(bodyOf({ ...made, inSteps: true, steps: [SHADOW_STEP, { share: "100", minutes: "1", calls: "2" }] }, undefined)).toMatchObject({
    Promotion: { Steps: [{ Shadow: 1000, Minutes: 10 }, { Share: 100, Minutes: 1, Calls: 2 }], Gate: { ErrorRate: 0.02 }, Key: {} },
  });
  const wrong = [{ share: "0", minutes: "1", calls: "2" }];
  expect([isPlanWrong(draft), isPlanWrong({ ...made, steps: wrong }), isPlanWrong({ ...made, inSteps: true, steps: wrong })]).toEqual([false, false, true]);
});
