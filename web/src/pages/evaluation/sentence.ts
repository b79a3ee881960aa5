import { area } from "../../charts/curve";
import { figure, fixed } from "../../charts/figures";
import { classNames, type Evaluated, rowsOf, taskOf } from "./evaluated";
import { curveOf, rocPoints } from "./thresholds";

/** One sentence that says how things stand: the rows, the label, and which model does better by how much. */
export function sentence(models: readonly Evaluated[]): string {
  const [first, second] = models;
  if (first === undefined) return "";
  const rows = rowsOf(first);
  const start = rows === null ? "" : `${figure(rows)} evaluated rows. `;
  const main = models.map(mainFigure);
  const [a, b] = main;
  if (!a || a.value === null) return `${start}${labelWords(first)}`.trim();
  if (second === undefined || !b || b.value === null) return `${start}${labelWords(first)}${capital(a.name)} ${fixed(a.value)}.`;
  if (a.value === b.value) return `${start}${labelWords(first)}Both have the same ${a.name}, ${fixed(a.value)}.`;
  const firstWins = a.value > b.value !== a.lessIsBetter;
  const [better, worse] = firstWins ? [a, b] : [b, a];
  const name = firstWins ? first.name : second.name;
  return `${start}${labelWords(first)}${name} does better: ${a.name} ${fixed(better.value)} against ${fixed(worse.value)}.`;
}

function labelWords(model: Evaluated): string {
  const curve = curveOf(model.details);
  if (model.label === "") return "";
  if (!curve) return `Label ${model.label}. `;
  return `Label ${model.label}, ${figure(curve.positives)} rows are ${classNames(model)[1]}. `;
}

interface MainFigure {
  name: string;
  value: number | null;
  lessIsBetter: boolean;
}

/** The figure by which models of a task are compared. */
export function mainFigure(model: Evaluated): MainFigure {
  const at = (name: string) => model.metrics[name] ?? null;
  switch (taskOf(model)) {
    case "threshold": {
      const curve = curveOf(model.details);
      const both = curve !== null && curve.positives > 0 && curve.negatives > 0;
      return { name: "AUC", value: at("AUC") ?? (both ? area(rocPoints(curve)) : null), lessIsBetter: false };
    }
    case "classes":
      return { name: "accuracy", value: at("Overall_Accuracy"), lessIsBetter: false };
    case "numbers":
      return { name: "R²", value: at("Coefficient_of_Determination"), lessIsBetter: false };
    case "clusters":
      return { name: "", value: null, lessIsBetter: false };
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
