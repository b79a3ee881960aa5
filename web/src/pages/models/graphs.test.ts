import { expect, test } from "vitest";
import { base64, importBody, isForeign, nameOfFile, readSample } from "./graphs";

test("graphs and estimators of other libraries are told from this app's files, and give the model its name", () => {
  expect(["a.onnx", "a.SKOPS", "a.ilearner", "onnx"].map(isForeign)).toEqual([true, true, false, false]);
  expect(["churn.onnx", "churn.v2.ilearner"].map(nameOfFile)).toEqual(["churn", "churn.v2"]);
});

test("a sample is without its label; columns of numbers are numbers, and empty cells missing", () => {
  expect(readSample("age;city;bought\n34;Lima;yes\n;12;no\n1e2;;yes\n", "bought")).toEqual({
    ColumnNames: ["age", "city"],
    Values: [[34, "Lima"], [null, "12"], [100, null]],
  });
  expect(readSample("a,b\n1,0x10\n", "").Values).toEqual([[1, "0x10"]]);
  expect(readSample("", "")).toEqual({ ColumnNames: [], Values: [] });
});

test("a sample has a thousand rows at most", () => {
  expect(readSample(`a\n${"1\n".repeat(1500)}`, "").Values).toHaveLength(1000);
});

test("bytes become base64 whatever their number", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, place) => place % 256);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  expect(importBody(new Uint8Array([1]), "a\n1\n", "", "logits")).toEqual({ Content: "AQ==", Sample: { ColumnNames: ["a"], Values: [[1]] }, Outputs: "logits" });
});
