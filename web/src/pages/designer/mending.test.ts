import { expect, test } from "vitest";
import { EMPTY, type ExperimentDocument } from "./document";
import { mended } from "./mending";
import { readPalette } from "./palette";

const palette = readPalette([
  { name: "Train Model", group: "", summary: "", effect: "table", inputs: [], outputs: [{ name: "Trained model", type: "Trained model", optional: false }], properties: [], notes: [] },
  { name: "Split Data", group: "", summary: "", effect: "table", inputs: [], outputs: [{ name: "Rows", type: "Dataset", optional: false }], properties: [], notes: [] },
]);
const document: ExperimentDocument = { ...EMPTY, modules: { Train: { module: "Train Model" }, Split: { module: "Split Data" } } };
const finding = { severity: "warning", message: "The model of 'Train' is no output of the experiment.", module: "Train", port: "Trained model" } as const;

test("a trained model that is no output becomes one, by the name that the original would give it", () => {
  expect(mended(palette, document, finding)?.webServiceOutputs).toEqual([{ name: "output1", from: ["Train", "Trained model"] }]);
});

test("nothing is offered for errors, for other ports, and for what is an output already", () => {
  expect(mended(palette, document, { ...finding, severity: "error" })).toBeUndefined();
  expect(mended(palette, document, { ...finding, module: "Split", port: "Rows" })).toBeUndefined();
  expect(mended(palette, document, { ...finding, port: undefined })).toBeUndefined();
  expect(mended(palette, { ...document, webServiceOutputs: [{ name: "a", from: ["Train", "Trained model"] }] }, finding)).toBeUndefined();
});
