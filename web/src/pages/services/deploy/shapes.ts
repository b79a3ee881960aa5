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

/** What a step showed, so far or when it ended. */
export interface StepFigures {
  Verdict?: "wait" | "passed" | "failed";
  Why?: string;
  Candidate?: StepCalls;
  Current?: StepCalls;
}

export type PlanStep = Omit<Schemas["PromotionStep"], "Figures"> & { Figures: StepFigures | null };
export type Plan = Omit<Schemas["Promotion"], "Steps"> & { Steps: PlanStep[] };
export const CURRENT = "current";
