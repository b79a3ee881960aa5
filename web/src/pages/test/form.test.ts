import { describe, expect, test } from "vitest";
import { type FormColumn, fieldsOf, rangeText, remark, rowOf } from "./form";

const age: FormColumn = {
  Name: "age",
  Type: "Int32",
  Kind: "integer",
  Used: true,
  Values: [],
  ValueCount: 0,
  Minimum: 17,
  Maximum: 90,
  Typical: 37,
  Format: null,
};
const city: FormColumn = { ...age, Name: "city", Type: "String", Kind: "category", Values: ["Lima"], ValueCount: 1 };

describe("fields", () => {
  test("hold a row and give it back, with empty ones as missing", () => {
    const fields = fieldsOf([age, city], { age: 37, other: 1 });
    expect(fields).toEqual({ age: "37", city: "" });
    expect(rowOf(fields)).toEqual({ age: "37", city: null });
    expect(fieldsOf([age], { age: false })).toEqual({ age: "false" });
  });

  test("say their range", () => {
    expect(rangeText(age)).toBe("17 to 90");
    expect(rangeText({ ...age, Minimum: 12285, Maximum: 1484705.5 })).toBe("12,285 to 1,484,705.5");
    expect(rangeText({ ...age, Minimum: null })).toBe("Int32");
    expect(rangeText({ ...city, ValueCount: 1200 })).toBe("1,200 values");
  });

  test("remark on what the model has not seen", () => {
    expect(remark(age, "91")).toBe("Outside of the training data");
    expect(remark(age, "90")).toBeNull();
    expect(remark(age, "?")).toBeNull();
    expect(remark(city, "Oslo")).toBe("Not in the training data");
    expect(remark({ ...city, ValueCount: 1000 }, "Oslo")).toBeNull();
    expect(remark(city, "")).toBeNull();
  });
});
