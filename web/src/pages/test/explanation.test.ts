import { expect, test } from "vitest";
import { largest, readExplanation } from "./explanation";

function response(cells: Record<string, string | null>) {
  const value = { ColumnNames: Object.keys(cells), ColumnTypes: [], Values: [Object.values(cells)] };
  return { Results: { output1: { value } } };
}

test("base and parts add up to what they explain, the largest part first", () => {
  const found = readExplanation(
    response({ rooms: "2", "Contribution: rooms": "-1000", "Contribution: area": "3000", "Contribution: (base)": "13000", "Contribution: (to)": "Scored Labels", "Contribution: (error)": "0" }),
  );
  expect(found).toEqual({ parts: [{ column: "area", value: 3000 }, { column: "rooms", value: -1000 }], base: 13000, error: 0, to: "Scored Labels", sum: 15000 });
});

test("a response without contributions explains nothing", () => {
  expect(readExplanation(response({ "Scored Labels": "1" }))).toBeNull();
});

test("many columns end in one bar for the others, and nothing is lost of the sum", () => {
  const parts = [5, -4, 3, 2, 1].map((value, place) => ({ column: `c${place}`, value }));
  expect(largest(parts, 3)).toEqual([parts[0], parts[1], { column: "3 other columns", value: 6 }]);
  expect(largest(parts, 5)).toBe(parts);
});
