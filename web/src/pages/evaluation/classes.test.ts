import { expect, test } from "vitest";
import { classesOf } from "./classes";

test("each class has its figures and what it is taken for", () => {
  const found = classesOf({
    name: "", learner: "", task: "multiclass", label: "", labels: ["a", "b", "c"], metrics: {},
    details: { confusionMatrix: [[3, 1, 2], [0, 4, 0], [0, 0, 0]], precision: [1, 0.8, 0], recall: [0.5, 1, 0] },
  });
  expect(found[0]).toMatchObject({ label: "a", rows: 6, f1: 2 / 3, takenFor: { label: "c", rows: 2 } });
  expect(found[1]!.takenFor).toBeNull();
  expect(found[2]).toMatchObject({ rows: 0, f1: 0, takenFor: null });
});

test("without a matrix there is nothing to say but the names", () => {
  const found = classesOf({ name: "", learner: "", task: "multiclass", label: "", labels: ["a"], metrics: {}, details: {} });
  expect(found).toEqual([{ label: "a", rows: 0, precision: 0, recall: 0, f1: 0, takenFor: null }]);
});
