import { expect, test } from "vitest";
import { editable, parameterValue, readDocument } from "./shapes";

test("a document is edited without what the app adds, and read back", () => {
  const text = editable({ name: "Weekly", properties: {}, updatedAt: "2026", NextRun: null });
  expect(JSON.parse(text)).toEqual({ name: "Weekly", properties: {} });
  expect(readDocument(text)).toEqual({ document: { name: "Weekly", properties: {} } });
});

test("what is no document is said in words", () => {
  expect(readDocument("{")).toMatchObject({ problem: expect.stringContaining("no JSON yet") as string });
  for (const text of ["null", "[]", "3", '{"name": " "}']) expect(readDocument(text)).toEqual({ problem: 'The document needs a "name".' });
});

test("parameters are texts, or JSON where their type is not text", () => {
  expect(parameterValue({ type: "String" }, "12")).toBe("12");
  expect(parameterValue({}, "true")).toBe("true");
  expect(parameterValue({ type: "Int" }, "12")).toBe(12);
  expect(parameterValue({ type: "Array" }, "[1,")).toBe("[1,");
});
