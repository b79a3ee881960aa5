import { type Cell, type ColumnType, READERS } from "./cells";
import { rint } from "./elementwise";
import { NotScoredHere } from "./errors";

/** The part of `manifest.json` that says what scores mean. */
export interface Manifest {
  task: string;
  label: { name: string; type: ColumnType };
  labels: string[];
  learner: string;
  outputs: { name: string; type: ColumnType }[];
}

/** Sums that differ in their last digits only count as equal, and ties go to the first label, as in the app. */
const ROUND = 1e12;
const THRESHOLD = 0.5 + 1e-12;
const WIDE = new Set(["multiclass", "quantile-regression", "clustering"]);
const TASKS = new Set([...WIDE, "two-class", "regression", "anomaly-detection"]);

/** The number of scores that the graph gives for a row. */
export function scoreWidth(manifest: Manifest): number {
  if (!TASKS.has(manifest.task)) throw new NotScoredHere(`The task ${manifest.task} is scored by the web service only.`);
  return WIDE.has(manifest.task) ? manifest.labels.length : 1;
}

/** The function from the scores of a row to its cells, in the order of the manifest's outputs. */
export function scoredCells(manifest: Manifest): (scores: Float64Array) => Cell[] {
  const labels = () => manifest.labels.map((text) => READERS[manifest.label.type](text));
  switch (manifest.task) {
    case "two-class": {
      const [negative, positive] = labels() as [Cell, Cell];
      return ([score]) => [Number.isNaN(score) ? null : score! > THRESHOLD ? positive : negative, present(score!)];
    }
    case "anomaly-detection":
      return ([score]) => [Number(score! > THRESHOLD), present(score!)];
    case "multiclass": {
      const cells = labels();
      return (scores) => [...scores].map(present).concat(Number.isNaN(scores[0]) ? [null] : [cells[largest(scores)]!]);
    }
    case "clustering":
      return (scores) => [smallest(scores), ...[...scores].map(present)];
  }
  return (scores) => [...scores].map(present);
}

function present(score: number): Cell {
  return Number.isNaN(score) ? null : score;
}

function largest(scores: Float64Array): number {
  let best = 0;
  scores.forEach((score, place) => {
    if (rint(score * ROUND) / ROUND > rint(scores[best]! * ROUND) / ROUND) best = place;
  });
  return best;
}

function smallest(scores: Float64Array): number {
  let best = 0;
  scores.forEach((score, place) => {
    if (score < scores[best]!) best = place;
  });
  return best;
}
