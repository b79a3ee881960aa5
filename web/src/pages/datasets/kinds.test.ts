import { expect, test } from "vitest";
import { datasetPath, fileOf, isSample, kindName, withoutHeader } from "./kinds";

test("types have names, and only tables of text have a header to leave out", () => {
  expect(kindName("GenericTSV")).toBe("TSV");
  expect(kindName("Xlsx")).toBe("Xlsx");
  expect(withoutHeader("GenericCSV")).toBe("GenericCSVNoHeader");
  expect(withoutHeader("ARFF")).toBe("ARFF");
});

test("what begins with this workspace's id is its own, the others are samples", () => {
  expect(isSample({ Id: "10ca1.e40b" }, "10CA1")).toBe(false);
  expect(isSample({ Id: "506153734175476c4f62416c57734963.iris" }, "10ca1")).toBe(true);
  expect(isSample({ Id: "10ca1f.e40b" }, "10ca1")).toBe(true);
});

test("a file name comes out of a location and goes into an address whole", () => {
  expect(fileOf("datasets/10ca1/50%25%20of%20all.csv")).toBe("50% of all.csv");
  expect(fileOf("datasets/10ca1/50%.csv")).toBe("50%.csv");
  expect(datasetPath("a/b <i>.csv")).toBe("/datasets/a%2Fb%20%3Ci%3E.csv");
});
