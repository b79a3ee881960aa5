/** A retraining policy as a sentence. */

import type { Policy } from "./shapes";

const EVERY: Record<string, string> = { Minute: "minute", Hour: "hour", Day: "day", Week: "week", Month: "month", Year: "year" };

function trigger({ Trigger, TrainingData }: Policy): string {
  if (Trigger.Type === "Upload") return "on each file uploaded for it";
  if (Trigger.Type === "Rows") return `when ${TrainingData ?? "its dataset"} has ${(Trigger.Rows ?? 0).toLocaleString("en")} rows more`;
  const { frequency = "", interval = 1 } = Trigger.Recurrence ?? {};
  const unit = EVERY[frequency] ?? "time";
  return `on ${TrainingData ?? "its dataset"}, every ${interval === 1 ? unit : `${interval} ${unit}s`}`;
}

/** When it trains, and what the new model must achieve. */
export function policySentence(policy: Policy): string {
  const { Metric, HeldBackData, Better, AtMostWorse } = policy.Gate;
  const bound = Better !== undefined ? `at least ${Better} better` : AtMostWorse ? `at most ${AtMostWorse} worse` : "no worse";
  return `Trains by ${policy.TrainingService} ${trigger(policy)}. The new model takes over if its ${Metric} is ${bound} on ${HeldBackData}.`;
}
