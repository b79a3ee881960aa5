/** From the API's responses to what the page shows. */

import type { Details, Evaluated } from "./evaluated";

export interface RunEvaluation {
  module: string;
  models: {
    scorer: string;
    trainer: string;
    task: string;
    label: { name: string; type: string } | null;
    labels: string[];
    metrics: Record<string, number | null>;
    details: Details;
    importances: Record<string, number>;
  }[];
}

/** The evaluated models of an Evaluate Model, each by the title of the module that trained it. */
export function readRunEvaluation({ models }: RunEvaluation, curves: Record<string, RunCurve> = {}): Evaluated[] {
  return models.map((model) => {
    const curve = curves[model.trainer];
    const details: Details = { ...model.details };
    if (Object.keys(model.importances).length > 0) details.importances = model.importances;
    if (curve?.loss && curve.loss.length > 0) {
      details.trainingCurve ??= { unit: curve.unit, loss: curve.loss, ...(curve.step && { step: curve.step }) };
    }
    return {
      name: model.trainer.replace(/^Train /, "") || model.scorer,
      learner: model.trainer,
      task: model.task,
      label: model.label?.name ?? "",
      labels: model.labels,
      metrics: model.metrics,
      details,
    };
  });
}

/** What `Curves` of a run says of a learner that gets on. */
export interface RunCurve {
  unit: string;
  total?: number;
  done?: number;
  loss?: number[];
  /** The number of the epoch or tree of each loss, where only some are given; else they are 1, 2, 3 … */
  step?: number[];
  validation?: number[];
}

/** A model version's evaluation, as it is kept in its file. */
export interface VersionEvaluation {
  name: string;
  version: number;
  task: string;
  learner?: string;
  label: { name: string } | null;
  labels: string[];
  metrics: Record<string, number | null>;
  details: Details;
  importances: Record<string, number>;
}

export function readVersionEvaluation(found: VersionEvaluation): Evaluated {
  const details: Details = { ...found.details };
  if (Object.keys(found.importances).length > 0) details.importances = found.importances;
  return {
    name: `${found.name} ${found.version}`,
    learner: found.learner ?? `Version ${found.version}`,
    task: found.task,
    label: found.label?.name ?? "",
    labels: found.labels,
    metrics: found.metrics,
    details,
  };
}
