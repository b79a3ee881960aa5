/** A promotion plan in words and as it is typed: its steps, where it stands, and what its gates showed. */

import { figure, percent } from "../../../charts/figures";
import { asSentence } from "../../../parts/times";
import type { Plan, PlanStep, PolicyPlan, StepCalls } from "./shapes";

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
      return `Step ${plan.Step + 1} of ${plan.Steps.length}: ${plan.Deployment} ${step?.Shadow ? "scores in the shadow and answers nobody" : `answers ${step?.Share ?? 0} % of the rows`}.`;
    case "Promoted":
      return asSentence(`Promoted: ${plan.Deployment} passed all its steps and answers all rows`);
    case "RolledBack":
      return asSentence(`Taken back in step ${plan.Step + 1}: ${reasonOf(plan, "a gate was not passed")}`);
    default:
      return asSentence(`Stopped in step ${plan.Step + 1}: ${reasonOf(plan, "the endpoint was changed")}`);
  }
}

/** Why a plan ended; the app's sentence may begin with the step, which is said already. */
function reasonOf({ Details }: Plan, otherwise: string): string {
  return Details?.replace(/^step \d+: /, "") ?? otherwise;
}

/** What a step gives the candidate. */
export function stepName({ Share, Shadow }: Pick<PlanStep, "Share" | "Shadow">): string {
  if (Shadow) return "In the shadow";
  return Share === 100 ? "All rows" : `${Share} % of the rows`;
}

/** What a step waits for: "at least 30 min and 20 calls". */
export function stepWords({ Minutes, Calls, Shadow }: Pick<PlanStep, "Minutes" | "Calls" | "Shadow">): string {
  const count = Shadow ? `${Shadow.toLocaleString("en")} ${Shadow === 1 ? "row" : "rows"}` : `${Calls.toLocaleString("en")} ${Calls === 1 ? "call" : "calls"}`;
  return `at least ${minutesWords(Minutes)} and ${count}`;
}

/** "30 min", "2 h", "1 h 30 min". */
export function minutesWords(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : "", rest > 0 || hours === 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

interface GateShown {
  gate: string;
  shown: string;
}

/** What a step is held to, each with what it showed. */
export function gateWords(step: PlanStep): GateShown[] {
  const { Gate: gate, Figures: figures } = step;
  const entries = step.Shadow ? [rowsGate(step)] : [callsGate(step)];
  if (!step.Shadow && gate.P95 !== null) entries.push({ gate: `95 % of the calls within ${figure(gate.P95)} ms`, shown: figures?.Candidate?.P95 == null ? "–" : `${figure(figures.Candidate.P95, 3)} ms` });
  if (step.Shadow && gate.Agreement != null) entries.push({ gate: `The same label for at least ${percent(gate.Agreement)}`, shown: figures?.Shadow?.Agreement == null ? "–" : percent(figures.Shadow.Agreement) });
  if (gate.Metric) entries.push(truthsGate(step));
  return entries;
}

function callsGate({ Gate, Figures }: PlanStep): GateShown {
  const failing = (calls: StepCalls | undefined) => (calls ? `${calls.Failed.toLocaleString("en")} of ${calls.Calls.toLocaleString("en")} failed` : "–");
  return {
    gate: `Errors: at most ${percent(Gate.ErrorRate)} more than the current models`,
    shown: Figures?.Candidate ? `${failing(Figures.Candidate)}; current: ${failing(Figures.Current)}` : "–",
  };
}

function rowsGate({ Gate, Figures }: PlanStep): GateShown {
  const seen = Figures?.Shadow;
  return { gate: `Rows it cannot score: at most ${percent(Gate.ErrorRate)}`, shown: seen ? `${seen.Failed.toLocaleString("en")} of ${(seen.Rows + seen.Failed).toLocaleString("en")}` : "–" };
}

function truthsGate({ Gate, Figures }: PlanStep): GateShown {
  const margin = Gate.Better != null ? `better by ${figure(Gate.Better)}` : Gate.AtMostWorse ? `at most ${figure(Gate.AtMostWorse)} worse` : "no worse";
  const seen = Figures?.Truths?.[0];
  const count = Math.min(seen?.CandidateTruths ?? 0, seen?.CurrentTruths ?? 0);
  const shown = seen?.Candidate == null || seen.Current == null ? "–" : `${figure(seen.Candidate)}; current: ${figure(seen.Current)}`;
  return { gate: `${Gate.Metric ?? ""} on ${(Gate.MinimumTruths ?? 100).toLocaleString("en")} truths or more: ${margin}`, shown: seen ? `${shown} (${count.toLocaleString("en")} truths)` : shown };
}

/** A step as it is typed. */
export interface StepDraft {
  /** In the shadow, where `share` is not looked at and `calls` are rows. */
  shadow?: boolean;
  share: string;
  minutes: string;
  calls: string;
  /** What no field shows, such as how long it waits and a gate of its own. */
  kept?: object;
}

export const FIRST_STEPS: readonly StepDraft[] = [
  { share: "5", minutes: "30", calls: "20" },
  { share: "25", minutes: "60", calls: "100" },
  { share: "100", minutes: "10", calls: "20" },
];
export const SHADOW_STEP: StepDraft = { shadow: true, share: "", minutes: "10", calls: "1000" };
export const MOST_STEPS = 10;

/** What is wrong with a step, before the app is asked; undefined if nothing is. */
export function stepProblem(steps: readonly StepDraft[], place: number): string | undefined {
  const { shadow, share, minutes, calls } = steps[place]!;
  const before = steps[place - 1];
  const whole = (text: string, least: number, most: number) => /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
  if (!shadow && !whole(share, 1, 100)) return `Share: 1 to 100 %. ${share || "Nothing"} was typed.`;
  if (!shadow && before && !before.shadow && Number(share) <= Number(before.share)) return `Shares grow: more than ${before.share} %. ${share} was typed.`;
  if (!whole(minutes, 0, 10_080)) return `Minutes: 0 to 10,080. ${minutes || "Nothing"} was typed.`;
  const [word, least] = shadow ? ["Rows", 1] : ["Calls", 0];
  return whole(calls, least as number, 1e9) ? undefined : `${word}: ${least} or more. ${calls || "Nothing"} was typed.`;
}

export function stepBody({ shadow, share, minutes, calls, kept }: StepDraft) {
  return shadow ? { ...kept, Shadow: Number(calls), Minutes: Number(minutes) } : { ...kept, Share: Number(share), Minutes: Number(minutes), Calls: Number(calls) };
}

/** A step of a policy as it is typed; what it leaves out is what the app takes then. */
export function stepDraftOf({ Share, Shadow, Minutes = 10, Calls = 20, ...kept }: PolicyPlan["Steps"][number]): StepDraft {
  const rest = Object.keys(kept).length > 0 ? { kept } : {};
  if (Shadow !== undefined) return { shadow: true, share: "", minutes: String(Minutes), calls: String(Shadow), ...rest };
  return { share: String(Share ?? ""), minutes: String(Minutes), calls: String(Calls), ...rest };
}

/** What a plan is held to, as it is typed: empty where it is not looked at. */
export interface GateDraft {
  errors: string;
  p95: string;
  agreement: string;
  metric: string;
  /** Whether the candidate has to be better by the margin, instead of at most so much worse. */
  better?: boolean;
  margin: string;
  truths: string;
}

export const FIRST_GATE: GateDraft = { errors: "2", p95: "", agreement: "", metric: "", margin: "0", truths: "100" };

/** What is wrong with what was typed, by field. */
export function gateProblems({ errors, p95, agreement, metric, margin, truths }: GateDraft): Partial<Record<keyof GateDraft, string>> {
  const within = (text: string, least: number, most: number) => text.trim() !== "" && Number(text) >= least && Number(text) <= most;
  const typed = (text: string) => `${text || "Nothing"} was typed.`;
  return {
    ...(!within(errors, 0, 100) && { errors: `From 0 to 100 %. ${typed(errors)}` }),
    ...(p95.trim() !== "" && !(Number(p95) > 0) && { p95: `Milliseconds above 0, or nothing. ${typed(p95)}` }),
    ...(agreement.trim() !== "" && !within(agreement, 0, 100) && { agreement: `From 0 to 100 %, or nothing. ${typed(agreement)}` }),
    ...(metric !== "" && !within(margin, 0, 1e12) && { margin: `0 or more. ${typed(margin)}` }),
    ...(metric !== "" && !/^[1-9]\d*$/.test(truths.trim()) && { truths: `1 or more. ${typed(truths)}` }),
  };
}

/** The gate of a policy's plan as it is typed. */
export function gateDraftOf(gate: PolicyPlan["Gate"]): GateDraft {
  const { ErrorRate, P95, Agreement, Metric, Better, AtMostWorse, MinimumTruths } = gate ?? {};
  const hundredths = (share: number) => String(Number((share * 100).toPrecision(12)));
  return {
    errors: hundredths(ErrorRate ?? 0.02),
    p95: P95 == null ? "" : String(P95),
    agreement: Agreement == null ? "" : hundredths(Agreement),
    metric: Metric ?? "",
    ...(Better != null && { better: true }),
    margin: String(Better ?? AtMostWorse ?? 0),
    truths: String(MinimumTruths ?? 100),
  };
}

export function gateBody({ errors, p95, agreement, metric, better, margin, truths }: GateDraft) {
  return {
    ErrorRate: Number(errors) / 100,
    ...(p95.trim() && { P95: Number(p95) }),
    ...(agreement.trim() && { Agreement: Number(agreement) / 100 }),
    ...(metric && { Metric: metric, [better ? "Better" : "AtMostWorse"]: Number(margin), MinimumTruths: Number(truths) }),
  };
}
