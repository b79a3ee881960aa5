/** A promotion plan in words and as it is typed: its steps, where it stands, and what its gates showed. */

import { figure, percent } from "../../../charts/figures";
import { asSentence } from "../../../parts/times";
import type { Plan, PlanStep, StepCalls } from "./shapes";

export type StepState = "passed" | "failed" | "inprogress" | "waiting" | "skipped";

/** How a step stands: passed, in progress, to come; failed, or not reached because the plan ended. */
export function stepState(plan: Pick<Plan, "State" | "Step" | "Steps">, place: number): StepState {
  const verdict = plan.Steps[place]?.Figures?.Verdict;
  if (verdict === "passed") return "passed";
  if (verdict === "failed") return "failed";
  if (plan.State === "Running") return place === plan.Step ? "inprogress" : place < plan.Step ? "passed" : "waiting";
  return plan.State === "Promoted" ? "passed" : "skipped";
}

/** One sentence: where the plan stands, or how it ended. */
export function planSentence(plan: Plan): string {
  const step = plan.Steps[plan.Step];
  switch (plan.State) {
    case "Running":
      return `Step ${plan.Step + 1} of ${plan.Steps.length}: ${plan.Deployment} answers ${step ? `${step.Share} %` : "its share"} of the rows.`;
    case "Promoted":
      return asSentence(`Promoted: ${plan.Deployment} passed all its steps and answers all rows`);
    case "RolledBack":
      return asSentence(`Taken back in step ${plan.Step + 1}: ${plan.Details ?? "a gate was not passed"}`);
    default:
      return asSentence(`Stopped in step ${plan.Step + 1}: ${plan.Details ?? "the endpoint was changed"}`);
  }
}

/** What a step gives the candidate. */
export function stepName({ Share }: Pick<PlanStep, "Share">): string {
  return Share === 100 ? "All rows" : `${Share} % of the rows`;
}

/** What a step waits for: "at least 30 min and 20 calls". */
export function stepWords({ Minutes, Calls }: Pick<PlanStep, "Minutes" | "Calls">): string {
  return `at least ${minutesWords(Minutes)} and ${Calls.toLocaleString("en")} ${Calls === 1 ? "call" : "calls"}`;
}

/** "30 min", "2 h", "1 h 30 min". */
export function minutesWords(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : "", rest > 0 || hours === 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

/** What a step is held to, each with what it showed. */
export function gateWords(step: PlanStep): { gate: string; shown: string }[] {
  const { Candidate: candidate, Current: current } = step.Figures ?? {};
  const failing = (calls: StepCalls | undefined) => (calls ? `${calls.Failed.toLocaleString("en")} of ${calls.Calls.toLocaleString("en")} failed` : "–");
  const entries = [
    {
      gate: `Errors: at most ${percent(step.Gate.ErrorRate)} more than the current models`,
      shown: candidate ? `${failing(candidate)}; current: ${failing(current)}` : "–",
    },
  ];
  if (step.Gate.P95 !== null) entries.push({ gate: `95 % of the calls within ${figure(step.Gate.P95)} ms`, shown: candidate?.P95 == null ? "–" : `${figure(candidate.P95, 3)} ms` });
  return entries;
}

/** A step as it is typed. */
export interface StepDraft {
  share: string;
  minutes: string;
  calls: string;
}

export const FIRST_STEPS: readonly StepDraft[] = [
  { share: "5", minutes: "30", calls: "20" },
  { share: "25", minutes: "60", calls: "100" },
  { share: "100", minutes: "10", calls: "20" },
];
export const MOST_STEPS = 10;

/** What is wrong with a step, before the app is asked; undefined if nothing is. */
export function stepProblem(steps: readonly StepDraft[], place: number): string | undefined {
  const { share, minutes, calls } = steps[place]!;
  const whole = (text: string, least: number, most: number) => /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
  if (!whole(share, 1, 100)) return `Share: 1 to 100 %. ${share || "Nothing"} was typed.`;
  if (place > 0 && Number(share) <= Number(steps[place - 1]!.share)) return `Shares grow: more than ${steps[place - 1]!.share} %. ${share} was typed.`;
  if (!whole(minutes, 0, 10_080)) return `Minutes: 0 to 10,080. ${minutes || "Nothing"} was typed.`;
  if (!whole(calls, 0, 1e9)) return `Calls: 0 or more. ${calls || "Nothing"} was typed.`;
  return undefined;
}

export function stepBody({ share, minutes, calls }: StepDraft) {
  return { Share: Number(share), Minutes: Number(minutes), Calls: Number(calls) };
}
