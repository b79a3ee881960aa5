import type { Evaluated, ThresholdCurve } from "./evaluated";

/** One of the models on the page: A is blue with circles, B orange with squares, and each keeps it everywhere. */
export interface Side {
  tone: 1 | 2;
  model: Evaluated;
}

export interface ThresholdSide extends Side {
  curve: ThresholdCurve;
}

/** A side with its words for legends: the part of the names that tells both models apart is what counts. */
export function sideName({ model }: Side): string {
  return model.name || model.learner;
}
