/** A retraining policy as it is typed, and as the route takes it. */

import { type KeyDraft, keyDraftOf, keyOf, keyProblem } from "./deploy/candidate";
import { FIRST_GATE, FIRST_STEPS, gateBody, type GateDraft, gateDraftOf, gateProblems, stepBody, type StepDraft, stepDraftOf, stepProblem } from "./deploy/plan";
import type { Policy } from "./shapes";

export interface Draft {
  service: string;
  resource: string;
  trigger: string;
  data: string;
  rows: string;
  frequency: string;
  interval: string;
  metric: string;
  heldBack: string;
  better: boolean;
  margin: string;
  /** Whether a model that passes is promoted in steps. */
  inSteps: boolean;
  steps: readonly StepDraft[];
  gate: GateDraft;
  key: KeyDraft;
}

export function draftOf(policy: Policy | undefined): Draft {
  const recurrence = policy?.Trigger.Recurrence ?? {};
  const plan = policy?.Promotion;
  return {
    service: policy?.TrainingService ?? "",
    resource: policy?.Resource ?? "",
    trigger: policy?.Trigger.Type ?? "Upload",
    data: policy?.TrainingData ?? "",
    rows: String(policy?.Trigger.Rows ?? 1000),
    frequency: recurrence.frequency ?? "Day",
    interval: String(recurrence.interval ?? 1),
    metric: policy?.Gate.Metric ?? "AUC",
    heldBack: policy?.Gate.HeldBackData ?? "",
    better: policy?.Gate.Better !== undefined,
    margin: String(policy?.Gate.Better ?? policy?.Gate.AtMostWorse ?? 0),
    inSteps: plan != null,
    steps: plan?.Steps.map(stepDraftOf) ?? FIRST_STEPS,
    gate: plan ? gateDraftOf(plan.Gate) : FIRST_GATE,
    key: keyDraftOf((plan?.Key ?? null) as Parameters<typeof keyDraftOf>[0]),
  };
}

/** Whether something typed in the plan is wrong, which its fields say. */
export function isPlanWrong({ inSteps, steps, gate, key }: Draft): boolean {
  return inSteps && (steps.some((_, place) => stepProblem(steps, place)) || Object.keys(gateProblems(gate)).length > 0 || keyProblem(key) !== undefined);
}

/** The body of PUT …/policy; what the sheet does not show of the policy before stays. */
export function bodyOf(draft: Draft, policy: Policy | undefined): object {
  const before = policy?.Trigger.Type === draft.trigger ? policy.Trigger : {};
  const trigger = {
    Rows: { Type: "Rows", Rows: Number(draft.rows) },
    Schedule: {
      Type: "Schedule",
      Recurrence: { ...policy?.Trigger.Recurrence, frequency: draft.frequency, interval: Number(draft.interval) },
    },
  }[draft.trigger] ?? { ...before, Type: draft.trigger };
  const { Better: _, AtMostWorse: __, ...gate } = policy?.Gate ?? { Metric: "", HeldBackData: "" };
  const plan = draft.inSteps && {
    ...(policy?.Promotion?.Name != null && { Name: policy.Promotion.Name }),
    Steps: draft.steps.map(stepBody),
    Gate: gateBody(draft.gate),
    Key: keyOf(draft.key),
  };
  return {
    TrainingService: draft.service,
    ...(draft.resource && { Resource: draft.resource }),
    Trigger: trigger,
    ...(draft.data && { TrainingData: draft.data }),
    ...(policy?.Parameters && { Parameters: policy.Parameters }),
    Gate: { ...gate, Metric: draft.metric, HeldBackData: draft.heldBack, [draft.better ? "Better" : "AtMostWorse"]: Number(draft.margin) },
    ...(plan && { Promotion: plan }),
  };
}
