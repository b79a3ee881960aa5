import { expect, test } from "vitest";
import { comparisons, conditionWords, knownValues, MOST, whereOf, withCondition } from "./conditions";

const HOSTILE = '<b>"],\u202e';

test("numbers are compared, texts searched, and flags are or are not", () => {
  const kinds = (type: string) => comparisons({ name: "a", type }).map(([is]) => is);
  expect(kinds("Int32")).toEqual([">=", "<=", ">", "<", "=", "!=", "missing", "present"]);
  expect(kinds("String")).toContain("contains");
  expect(kinds("Boolean")).toEqual(["=", "missing", "present"]);
  expect(knownValues({ name: "a", type: "String", top: [{ value: "Oslo", count: 2 }] })).toEqual(["Oslo"]);
});

test("a condition is said in words, whatever the column is called", () => {
  expect(conditionWords({ column: "age", is: ">=", value: "30" })).toBe("age is at least 30");
  expect(conditionWords({ column: HOSTILE, is: "missing", value: "" })).toBe(`${HOSTILE} is missing`);
  expect(conditionWords({ column: "city", is: "=", value: "" })).toBe("city is empty");
});

test("the same comparison is replaced, and no more are kept than the API takes", () => {
  let found = withCondition([{ column: "age", is: ">=", value: "30" }], { column: "age", is: ">=", value: "40" });
  expect(found).toEqual([{ column: "age", is: ">=", value: "40" }]);
  for (let number = 0; number < 20; number++) found = withCondition(found, { column: `c${number}`, is: "missing" });
  expect(found).toHaveLength(MOST);
});

test("without conditions nothing is asked", () => {
  expect(whereOf([])).toEqual({});
  expect(JSON.parse(whereOf([{ column: HOSTILE, is: "=", value: "1" }]).where!)).toEqual([{ column: HOSTILE, is: "=", value: "1" }]);
});
