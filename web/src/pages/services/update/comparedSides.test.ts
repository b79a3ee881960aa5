import { expect, test } from "vitest";
import type { Details } from "./changes";
import { comparedChart } from "./comparedSides";

const curve = { thresholds: [0.9], truePositives: [1], falsePositives: [0], positives: 1, negatives: 1, exact: true };
const details = (Evaluations: unknown, more: Partial<Details> = {}) =>
  ({ Labels: [], Confusion: { New: null, InUse: null }, Evaluations, ...more }) as unknown as Details;

test("two classes are compared by their curves, where there are rows of both", () => {
  expect(comparedChart(details({ New: { curve }, InUse: { curve } }))?.kind).toBe("roc");
  const single = { ...curve, negatives: 0 };
  expect(comparedChart(details({ New: { curve: single }, InUse: { curve: single } }))).toBeUndefined();
});

test("numbers are compared by their predictions, some classes by their matrices, many by neither", () => {
  const predictions = { rows: 1, actual: [1], predicted: [2], errors: { edges: [], counts: [] } };
  expect(comparedChart(details({ New: { predictions }, InUse: { predictions } }))?.kind).toBe("predictions");
  const matrices = (count: number) => {
    const Labels = Array.from({ length: count }, (_, place) => `class ${place}`);
    const empty = Labels.map(() => Labels.map(() => 0));
    return comparedChart(details({ New: {}, InUse: {} }, { Labels, Confusion: { New: empty, InUse: empty } }));
  };
  expect(matrices(12)?.kind).toBe("matrices");
  expect(matrices(13)).toBeUndefined();
});
