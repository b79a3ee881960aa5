/** A retraining policy as a sentence. */

import { figure } from "../../charts/figures";
import type { Challenge, Policy } from "./shapes";

const EVERY: Record<string, string> = { Minute: "minute", Hour: "hour", Day: "day", Week: "week", Month: "month", Year: "year" };

function trigger({ Trigger, TrainingData }: Policy): string {
  if (Trigger.Type === "Upload") return "on each file uploaded for it";
  if (Trigger.Type === "Rows") return `when ${TrainingData ?? "its dataset"} has ${(Trigger.Rows ?? 0).toLocaleString("en")} rows more`;
  if (Trigger.Type === "Drift") return `on ${TrainingData ?? "its dataset"} when the rows that are scored drift`;
  const { frequency = "", interval = 1 } = Trigger.Recurrence ?? {};
  const unit = EVERY[frequency] ?? "time";
  return `on ${TrainingData ?? "its dataset"}, every ${interval === 1 ? unit : `${interval} ${unit}s`}`;
}

function bound({ Better, AtMostWorse }: Policy["Gate"]): string {
  if (Better !== undefined) return `at least ${Better} better`;
  return AtMostWorse ? `at most ${AtMostWorse} worse` : "no worse";
}

/** What the new model must achieve: "AUC no worse on held-back.csv". */
export function gateWords(gate: Policy["Gate"]): string {
  return `${gate.Metric} ${bound(gate)} on ${gate.HeldBackData}`;
}

/** When it trains, and what the new model must achieve. A policy has the id of its training service; `service` is its name. */
export function policySentence(policy: Policy, service = policy.TrainingService): string {
  const { Metric, HeldBackData } = policy.Gate;
  const takes = policy.Promotion ? "is promoted in steps" : "takes over";
  return `Trains by ${service} ${trigger(policy)}. The new model ${takes} if its ${Metric} is ${bound(policy.Gate)} on ${HeldBackData}.`;
}

/** Both metrics of a challenge: "AUC 0.992 against 0.875, 128 rows"; "" before it has any. */
export function challengeWords({ Metric, Challenger, Champion, Rows }: Pick<Challenge, "Metric" | "Challenger" | "Champion" | "Rows">): string {
  if (Challenger === null || Champion === null) return "";
  return `${Metric ?? "Metric"} ${figure(Challenger)} against ${figure(Champion)}${Rows === null ? "" : `, ${figure(Rows, 12)} rows`}`;
}

/** How a challenge stands or ended, as `State` names it. */
export function challengeState({ StatusCode, Passed }: Challenge): string {
  if (StatusCode !== "Finished") return StatusCode;
  return Passed ? "Passed" : "Not passed";
}
