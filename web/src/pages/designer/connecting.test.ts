import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { offers, refusal } from "./connecting";
import { readDocument } from "./document";
import { type Module, findModules, readPalette } from "./palette";
import { general, shownProperties } from "./values";

const file = new URL("../../../../tests/data/documents.json", import.meta.url);
const { palette: modules, cases } = JSON.parse(readFileSync(file, "utf8")) as { palette: Module[]; cases: { document: unknown }[] };
const palette = readPalette(modules);
const document = readDocument(cases[0]?.document);

test("a refusal names both types and where it would fit", () => {
  expect(refusal(palette, document, ["Train", "Trained model"], ["Score", "Dataset"])).toBe(
    "'Trained model' of Train is a trained model; 'Dataset' of Score takes a dataset. Its port 'Trained model' takes it.",
  );
  expect(refusal(palette, document, ["Score", "Scored dataset"], ["Clean", "Dataset"])).toContain("wait for each other");
  expect(refusal(palette, document, ["Clean", "Cleaned dataset"], ["Evaluate", "Scored dataset to compare"])).toBeUndefined();
});

test("an output is offered every input that takes it, free ones first", () => {
  const found = offers(palette, document, ["Clean", "Cleaned dataset"]);
  expect(found[0]).toEqual({ ref: ["Evaluate", "Scored dataset to compare"], type: "Dataset", taken: false });
  expect(found.map(({ ref }) => ref[0])).not.toContain("Clean");
});

test("only properties whose condition is met are shown, however conditions nest", () => {
  const split = palette.get("Split Data") as Module;
  const shown = (given: Record<string, unknown>) => shownProperties(split, given).map(({ name }) => name);
  expect(shown({})).not.toContain("Stratification key column");
  expect(shown({ "Stratified split": "True" })).toContain("Stratification key column");
  expect(shown({ "Stratified split": "True", "Splitting mode": "Regular Expression" })).toEqual(["Splitting mode", "Regular expression"]);
});

test("the search finds modules by every word of it", () => {
  expect(findModules(palette, "score model")[0]?.[1].map(({ name }) => name)).toContain("Score Model");
  expect(findModules(palette, "no such module")).toEqual([]);
  expect(findModules(palette, "").flatMap(([, found]) => found)).toHaveLength(modules.length);
});

test.each([[4294967295, "4.29497e+09"], [0.5, "0.5"], [0.00001, "1e-05"], [1000000, "1e+06"], [0, "0"], [-3, "-3"]])("%d is written as Python does", (value, text) => {
  expect(general(value)).toBe(text);
});
