import type { Cell, DistantModel, Model, ModelFacts, Row } from "../../../scoring";
import { whenThere } from "./useSettled";
import type { FormColumn } from "./form";

/** How the score moves with one column alone, the others as they are. */
export interface Curve {
  /** For numbers: the score at values from the least to the greatest of the training rows. */
  points: { x: number; score: number }[];
  /** For categories: the score of each. */
  values: { value: string; score: number }[];
}

const STEPS = 48;
const MAX_VALUES = 60;

/** The position, among a model's scores, of the one that curves show; null if there is none. */
export function mainScore(model: ModelFacts, labels: readonly string[], answer: readonly Cell[]): number | null {
  switch (model.task) {
    case "two-class":
    case "anomaly-detection":
      return 1;
    case "multiclass": {
      const place = labels.indexOf(String(answer[labels.length]));
      return place < 0 ? null : place;
    }
    case "quantile-regression":
      return Math.floor((answer.length - 1) / 2);
    case "clustering":
      return typeof answer[0] === "number" ? answer[0] + 1 : null;
  }
  return 0;
}

/** The curve of a column, by the scorer in this browser; null where there is nothing to draw. */
export function columnCurve(
  model: Model | DistantModel,
  row: Row,
  column: FormColumn,
  main: number,
): Curve | null | Promise<Curve | null> {
  const tried = triedValues(column);
  if (tried === null) return null;
  const rows = tried.map((value) => ({ ...row, [column.Name]: value }));
  return whenThere(model.scores(rows), (results) => curveOf(column, tried, results.map((cells) => cells[main])));
}

function curveOf(column: FormColumn, tried: readonly Cell[], scores: readonly (Cell | undefined)[]): Curve | null {
  const found = tried.flatMap((value, index) => {
    const score = scores[index];
    return typeof score === "number" && Number.isFinite(score) ? [{ value, score }] : [];
  });
  if (found.length < 2) return null;
  return column.Kind === "category" || column.Kind === "boolean"
    ? { points: [], values: found.map(({ value, score }) => ({ value: String(value), score })) }
    : { points: found.map(({ value, score }) => ({ x: Number(value), score })), values: [] };
}

function triedValues(column: FormColumn): Cell[] | null {
  if (!column.Used) return null;
  if (column.Kind === "category") return column.Values.slice(0, MAX_VALUES);
  if (column.Kind === "boolean") return ["true", "false"];
  const { Minimum: least, Maximum: most, Kind } = column;
  if ((Kind !== "number" && Kind !== "integer") || typeof least !== "number" || typeof most !== "number") return null;
  if (!(most > least)) return null;
  const step = (most - least) / STEPS;
  const values = Array.from({ length: STEPS + 1 }, (_, index) => least + index * step);
  return Kind === "integer" ? [...new Set(values.map(Math.round))] : values;
}
