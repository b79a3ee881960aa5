import { describe, expect, it } from "vitest";
import { FIRST_GATE, gateBody, gateProblems, gateWords, minutesWords, planSentence, SHADOW_STEP, stepBody, type StepDraft, stepName, stepProblem, stepState, stepWords } from "./plan";
import type { Plan, PlanStep } from "./shapes";

const calls = (Calls: number, Failed: number, P95: number | null = null) => ({ Calls, Failed, P95 });
const step = (Share: number, Figures: PlanStep["Figures"] = null, P95: number | null = null): PlanStep => ({ Share, Minutes: 30, Calls: 20, WaitHours: 168, Gate: { ErrorRate: 0.02, P95 }, Figures });
const plan = (State: Plan["State"], Step: number, Steps: PlanStep[], Details: string | null = null) => ({ State, Step, Steps, Details, Deployment: "candidate" }) as Plan;

describe("a plan", () => {
  const steps = [step(5, { Verdict: "passed" }), step(25, { Verdict: "wait" }), step(100)];

  it("says where each step stands", () => {
    const running = plan("Running", 1, steps);
    expect(steps.map((_, place) => stepState(running, place))).toEqual(["passed", "inprogress", "waiting"]);
    const back = plan("RolledBack", 1, [steps[0]!, step(25, { Verdict: "failed" }), steps[2]!]);
    expect(steps.map((_, place) => stepState(back, place))).toEqual(["passed", "failed", "skipped"]);
    expect(stepState(plan("Promoted", 2, steps), 2)).toBe("passed");
  });

  it("is told in one sentence", () => {
    expect(planSentence(plan("Running", 1, steps))).toBe("Step 2 of 3: candidate answers 25 % of the rows.");
    expect(planSentence(plan("RolledBack", 0, steps, "step 1: 5 of 20 calls failed"))).toBe("Taken back in step 1: 5 of 20 calls failed.");
    expect(planSentence(plan("Stopped", 0, steps))).toContain("Stopped in step 1");
  });

  it("says what a step waits for and is held to, with figures", () => {
    expect(stepWords(step(5))).toBe("at least 30 min and 20 calls");
    expect([minutesWords(90), minutesWords(120), minutesWords(0)]).toEqual(["1 h 30 min", "2 h", "0 min"]);
    const shown = gateWords(step(5, { Verdict: "wait", Candidate: calls(40, 1, 12.34), Current: calls(1234, 0) }, 50));
    expect(shown.map((entry) => entry.shown)).toEqual(["1 of 40 failed; current: 0 of 1,234 failed", "12.3 ms"]);
    expect(gateWords(step(5))).toHaveLength(1);
  });
});

it("in the shadow is held to rows, labels that agree and truths", () => {
  const shadow: PlanStep = {
    ...step(0, {
      Verdict: "wait",
      Shadow: { Rows: 990, Failed: 10, Compared: 900, Agreement: 0.95 },
      Truths: [{ Candidate: 0.91, Current: 0.9, CandidateTruths: 120, CurrentTruths: 150 }],
    }),
    Shadow: 1000,
    Gate: { ErrorRate: 0.02, P95: null, Agreement: 0.9, Metric: "AUC", AtMostWorse: 0.01, MinimumTruths: 100 },
  };
  expect([stepName(shadow), stepWords(shadow)]).toEqual(["In the shadow", "at least 30 min and 1,000 rows"]);
  expect(gateWords(shadow).map(({ shown }) => shown)).toEqual(["10 of 1,000", "95\u202f%", "0.91; current: 0.9 (120 truths)"]);
  expect(planSentence(plan("Running", 0, [shadow]))).toContain("answers nobody");
});

it("reads what a plan is held to", () => {
  expect(gateBody(FIRST_GATE)).toEqual({ ErrorRate: 0.02 });
  const typed = { ...FIRST_GATE, p95: "40", agreement: "90", metric: "AUC", margin: "0.01", truths: "500" };
  expect(gateBody(typed)).toEqual({ ErrorRate: 0.02, P95: 40, Agreement: 0.9, Metric: "AUC", AtMostWorse: 0.01, MinimumTruths: 500 });
  expect(gateProblems(typed)).toEqual({});
  expect(Object.keys(gateProblems({ ...typed, errors: "", p95: "-1", agreement: "x", margin: "", truths: "0" }))).toEqual(["errors", "p95", "agreement", "margin", "truths"]);
});

it("finds what is wrong with typed steps", () => {
  const draft = (share: string, minutes = "10", count = "20"): StepDraft => ({ share, minutes, calls: count });
  expect(stepProblem([draft("5"), draft("25")], 1)).toBeUndefined();
  expect(stepProblem([draft("25"), draft("25")], 1)).toContain("Shares grow");
  expect(stepProblem([draft("0")], 0)).toContain("1 to 100");
  expect(stepProblem([draft("5", "-1")], 0)).toContain("Minutes");
  expect(stepProblem([draft("5", "1", "")], 0)).toContain("Nothing was typed");
  expect(stepProblem([SHADOW_STEP, draft("5")], 0)).toBeUndefined();
  expect(stepProblem([SHADOW_STEP, draft("5")], 1)).toBeUndefined();
  expect(stepBody(SHADOW_STEP)).toEqual({ Shadow: 1000, Minutes: 10 });
});
