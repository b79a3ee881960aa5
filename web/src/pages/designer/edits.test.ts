import { expect, test } from "vitest";
import { copyText, paste, readClip } from "./clipboard";
import { type ExperimentDocument, readDocument, toJson } from "./document";
import * as edits from "./edits";
import { begin, redo, step, undo } from "./history";

const given = {
  modules: { Data: { module: "Import Data" }, Clean: { module: "Clean Missing Data", properties: { a: 1, b: 2 } }, Score: { module: "Score Model" } },
  connections: [
    { from: ["Data", "Results dataset"], to: ["Clean", "Dataset"] },
    { from: ["Clean", "Cleaned dataset"], to: ["Score", "Dataset"] },
  ],
  webServiceInputs: [{ name: "input1", to: ["Clean", "Dataset"] }],
  webServiceOutputs: [{ name: "output1", from: ["Clean", "Cleaned dataset"] }],
  webServiceParameters: [{ name: "mode", module: "Clean", property: "Cleaning mode" }],
  layout: { Data: [0, 0], Clean: [0, 92] },
};
const document = readDocument(given);

test("a rename rewrites connections, inputs, outputs, parameters and the layout, and keeps the order", () => {
  const renamed = toJson(edits.rename(document, "Clean", "Tidy"));
  expect(renamed).toEqual(JSON.parse(JSON.stringify(given).replaceAll('"Clean"', '"Tidy"')));
  expect(Object.keys(renamed["modules"] as object)).toEqual(["Data", "Tidy", "Score"]);
});

test("a title that is taken, empty or too long changes nothing and says why", () => {
  expect(edits.rename(document, "Clean", "Score")).toBe(document);
  expect(edits.titleProblem(document, "Clean", " ")).toBe("A module needs a title.");
  expect(edits.titleProblem(document, "Clean", "x".repeat(401))).toContain("400 characters, got 401");
});

test.each(["__proto__", "constructor", "<img src=x onerror=alert(1)>", "1"])("a module can be called %s", (title) => {
  const renamed = edits.rename(document, "Clean", title);
  expect(Object.hasOwn(renamed.modules, title)).toBe(true);
  expect(Object.hasOwn(readDocument(JSON.parse(JSON.stringify(toJson(renamed)))).modules, title)).toBe(true);
  expect(Object.hasOwn(edits.setProperty(renamed, title, "a", 3).modules[title]?.properties ?? {}, "a")).toBe(true);
  expect(Object.keys(edits.remove(renamed, new Set([title])).modules).sort()).toEqual(["Data", "Score"]);
});

test("deleting a module takes what is attached to it", () => {
  const left = edits.remove(document, new Set(["Clean"]));
  expect(toJson(left)).toEqual({ modules: { Data: given.modules.Data, Score: given.modules.Score }, connections: [], layout: { Data: [0, 0] } });
});

test("an input takes one connection, the last", () => {
  const again = edits.connect(document, ["Data", "Results dataset"], ["Score", "Dataset"]);
  expect(again.connections.filter(({ to }) => to[0] === "Score")).toEqual([{ from: ["Data", "Results dataset"], to: ["Score", "Dataset"] }]);
});

test("properties keep their order, and one set to nothing goes back to its default", () => {
  const changed = edits.setProperty(document, "Clean", "a", 5);
  expect(Object.entries(changed.modules["Clean"]?.properties ?? {})).toEqual([["a", 5], ["b", 2]]);
  const cleared = edits.setProperty(edits.setProperty(changed, "Clean", "a", undefined), "Clean", "b", undefined);
  expect(cleared.modules["Clean"]).toEqual({ module: "Clean Missing Data" });
});

test("added modules, inputs and outputs get names that are free", () => {
  const [added, title] = edits.addModule(document, { module: "Score Model" }, [1, 2], "Score");
  expect(title).toBe("Score 2");
  expect(edits.freeName(["a", "a 2"], "a 2")).toBe("a 3");
  expect(edits.toggleInput(added, ["Score 2", "Dataset"]).webServiceInputs.map(({ name }) => name)).toEqual(["input1", "input2"]);
  expect(edits.toggleInput(document, ["Clean", "Dataset"]).webServiceInputs).toEqual([]);
  expect(edits.toggleParameter(document, "Clean", "Cleaning mode").webServiceParameters).toEqual([]);
});

test("modules are pasted with the connections between them, under free titles, where one asks", () => {
  const clip = readClip(copyText(document, new Set(["Data", "Clean"]))) as ExperimentDocument;
  const [pasted, titles] = paste(document, clip, [500, 10]);
  expect(titles).toEqual(["Data 2", "Clean 2"]);
  expect(pasted.connections.at(-1)).toEqual({ from: ["Data 2", "Results dataset"], to: ["Clean 2", "Dataset"] });
  expect(pasted.layout["Clean 2"]).toEqual([500, 102]);
  expect(pasted.webServiceInputs).toEqual(document.webServiceInputs);
});

test.each(["", "hello", '{"modules": 3}', '{"modules": {"a": 1}}', "{"])("other text on the clipboard is not pasted: %s", (text) => {
  expect(readClip(text)).toBeUndefined();
});

test("undo and redo walk through the steps; letters typed into one field are one step", () => {
  let history = begin(document);
  const typed = ["1", "12", "123"].map((value) => edits.setProperty(document, "Clean", "a", value));
  for (const next of typed) history = step(history, next, "Set a", "Clean/a");
  history = step(history, edits.remove(history.now.document, new Set(["Data"])), "Delete Data");
  expect(history.past).toHaveLength(2);
  expect(undo(history).now.document).toBe(typed[2]);
  expect(undo(undo(history)).now.document).toBe(document);
  expect(redo(undo(history)).now.document).toBe(history.now.document);
  expect(undo(begin(document)).now.document).toBe(document);
  expect(step(undo(history), typed[0] as ExperimentDocument, "Other").future).toEqual([]);
});
