/** What the charts of a comparison are drawn from: the curves, matrices and predictions of both models. */

import type { Details as Evaluation } from "../../evaluation/evaluated";
import type { Details } from "./changes";

/** Labels of a confusion matrix that can still be read in the sheet. */
const MOST_LABELS = 12;

export interface Both<T> {
  inUse: T;
  new: T;
}

export type ComparedChart =
  | { kind: "roc"; curves: Both<NonNullable<Evaluation["curve"]>> }
  | { kind: "matrices"; labels: string[]; counts: Both<number[][]> }
  | { kind: "predictions"; points: Both<NonNullable<Evaluation["predictions"]>> };

/** The chart that models of this kind are compared by; undefined where there is none. */
export function comparedChart({ Labels, Confusion, Evaluations }: Details): ComparedChart | undefined {
  const one = Evaluations.InUse as Evaluation;
  const other = Evaluations.New as Evaluation;
  if (one.curve && other.curve && one.curve.positives > 0 && one.curve.negatives > 0) {
    return { kind: "roc", curves: { inUse: one.curve, new: other.curve } };
  }
  if (one.predictions && other.predictions) return { kind: "predictions", points: { inUse: one.predictions, new: other.predictions } };
  const [inUse, now] = [Confusion.InUse as number[][] | null, Confusion.New as number[][] | null];
  if (inUse && now && Labels.length <= MOST_LABELS) return { kind: "matrices", labels: Labels, counts: { inUse, new: now } };
  return undefined;
}
