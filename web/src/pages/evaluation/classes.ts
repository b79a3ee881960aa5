import type { Evaluated } from "./evaluated";

export interface ClassFigures {
  label: string;
  rows: number;
  precision: number;
  recall: number;
  f1: number;
  /** What the class is most often taken for; null if it never is. */
  takenFor: { label: string; rows: number } | null;
}

/** What becomes of each class of a model with several. */
export function classesOf({ labels, details }: Evaluated): ClassFigures[] {
  const matrix = details.confusionMatrix ?? [];
  return labels.map((label, place) => {
    const row = matrix[place] ?? [];
    const rows = details.classes?.rows[place] ?? row.reduce((sum, count) => sum + count, 0);
    const precision = details.precision?.[place] ?? 0;
    const recall = details.recall?.[place] ?? 0;
    let worst = -1;
    row.forEach((count, other) => {
      if (other !== place && count > 0 && count > (row[worst] ?? 0)) worst = other;
    });
    return {
      label,
      rows,
      precision,
      recall,
      f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
      takenFor: worst < 0 ? null : { label: labels[worst] ?? "", rows: row[worst]! },
    };
  });
}
