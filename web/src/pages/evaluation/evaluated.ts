/** What is known of one evaluated model: its metrics, and what its charts are drawn from. */

export interface Bins {
  edges: number[];
  counts: number[];
}

/** How many rows have at least each score, greatest scores first; `exact` if every distinct score is there. */
export interface ThresholdCurve {
  thresholds: number[];
  truePositives: number[];
  falsePositives: number[];
  positives: number;
  negatives: number;
  exact: boolean;
}

export interface Details {
  rows?: number;
  curve?: ThresholdCurve;
  calibration?: { rows: number[]; meanScore: number[]; positiveRate: number[] };
  scoreHistogram?: { negative: Bins; positive: Bins };
  confusionMatrix?: number[][];
  labels?: string[];
  precision?: number[];
  recall?: number[];
  topK?: number[];
  logLoss?: number;
  importances?: Record<string, number>;
  trainingCurve?: { unit: string; loss: number[]; step?: number[] };
  residualHistogram?: Bins;
  predictions?: { rows: number; actual: number[]; predicted: number[]; errors: Bins };
  quantiles?: number[];
  quantileLoss?: number[];
  shareOfRowsBelow?: number[];
  classes?: { rows: number[]; predicted: number[]; cells?: [number, number, number][] };
  clusters?: { rows: number[]; meanDistance: (number | null)[]; distances: Bins };
}

export interface Evaluated {
  name: string;
  learner: string;
  task: string;
  /** The name of the label, and its values; of two classes the positive one is the second. */
  label: string;
  labels: readonly string[];
  metrics: Record<string, number | null>;
  details: Details;
}

export type Task = "threshold" | "classes" | "numbers" | "clusters";

/** The kind of page that a task has. */
export function taskOf({ task, details }: Evaluated): Task {
  if (task === "multiclass") return "classes";
  if (task === "clustering") return "clusters";
  if (task === "two-class" || task === "anomaly-detection") return "threshold";
  if (task !== "") return "numbers";
  if (details.curve || details.scoreHistogram) return "threshold";
  if (details.clusters) return "clusters";
  return details.confusionMatrix ? "classes" : "numbers";
}

/** The rows that a model was evaluated on; null if nothing says so. */
export function rowsOf({ details }: Evaluated): number | null {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  if (details.rows !== undefined) return details.rows;
  if (details.curve) return details.curve.positives + details.curve.negatives;
  if (details.confusionMatrix) return sum(details.confusionMatrix.flat());
  if (details.residualHistogram) return sum(details.residualHistogram.counts);
  return null;
}

/** The words for the two classes of a model. */
export function classNames({ labels, task }: Evaluated): [negative: string, positive: string] {
  if (task === "anomaly-detection") return ["normal", "an anomaly"];
  return [labels[0] ?? "negative", labels[1] ?? "positive"];
}
