import { expect, test } from "vitest";
import { figure, fileSize, fixed, percent, signed, tickTexts } from "./figures";

test.each([
  [1234, "1,234"],
  [38.5812, "38.58"],
  [-0.125, "−0.125"],
  [1234567.8, "1,234,568"],
  [0, "0"],
  [1e12, "1.00e12"],
  [0.00001234, "1.23e−5"],
  [null, "–"],
  [Number.NaN, "–"],
  [Infinity, "∞"],
])("%s reads %s", (value, text) => {
  expect(figure(value)).toBe(text);
});

test("shares, differences and fixed figures", () => {
  expect(percent(0.8332)).toBe("83.3\u202f%");
  expect(signed(0.0204)).toBe("+0.020");
  expect(signed(-0.0381)).toBe("−0.038");
  expect(signed(-0.0001)).toBe("0.000");
  expect(fixed(0.5)).toBe("0.500");
  expect(fixed(-0.0004)).toBe("0.000");
});

test("the labels of an axis have the digits that its step needs", () => {
  expect(tickTexts([0, 0.25, 0.5, 0.75, 1])).toEqual(["0", "0.25", "0.50", "0.75", "1"]);
  expect(tickTexts([0, 5000, 10000])).toEqual(["0", "5,000", "10,000"]);
  expect(tickTexts([0, 2e8])).toEqual(["0", "200,000,000"]);
});

test("sizes of files have three digits and their unit", () => {
  expect([312, 12344, 96_000_000, 1_500_000_000].map(fileSize)).toEqual(["312 bytes", "12.1 KB", "91.6 MB", "1.4 GB"]);
});
