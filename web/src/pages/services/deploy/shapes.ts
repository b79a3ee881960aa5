/** What the routes of traffic and promotion return, by their names in the app's OpenAPI document. */

import type { components } from "../../../api/schema";

type Schemas = components["schemas"];

export type Traffic = Schemas["EndpointTraffic"];
export type Deployment = Traffic["Deployments"][number];
/** Calls of a set of models in a step. */
export interface StepCalls {
  Calls: number;
  Failed: number;
  P95: number | null;
}

/** A metric on the truths that came, of both. */
export interface StepTruths {
  Output?: string;
  Metric?: string;
  Candidate?: number | null;
  Current?: number | null;
  CandidateTruths?: number;
  CurrentTruths?: number;
}

/** What a step showed, so far or when it ended. */
export interface StepFigures {
  Verdict?: "wait" | "passed" | "failed";
  Why?: string;
  Candidate?: StepCalls;
  Current?: StepCalls;
  Shadow?: { Rows: number; Failed: number; Compared: number; Agreement: number | null };
  Truths?: StepTruths[];
}

/** What a step is held to; null where it is not looked at. */
export interface StepGate {
  ErrorRate: number;
  P95: number | null;
  Agreement?: number | null;
  Metric?: string | null;
  Better?: number | null;
  AtMostWorse?: number | null;
  MinimumTruths?: number | null;
}

export interface PlanStep {
  /** Percent; 0 in the shadow. */
  Share: number;
  /** Rows in the shadow, if the step is there. */
  Shadow?: number | null;
  Minutes: number;
  Calls: number;
  WaitHours: number;
  Gate: StepGate;
  Figures: StepFigures | null;
}

export type Plan = Omit<Schemas["Promotion"], "Steps"> & { Steps: PlanStep[] };
/** A plan as a retraining policy has it. */
export type PolicyPlan = Schemas["PolicyPromotion"];
export type Shadow = Schemas["Shadow"];
export type ShadowOutput = Schemas["ShadowOutput"];
export const CURRENT = "current";
