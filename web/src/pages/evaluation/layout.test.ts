import { expect, test } from "vitest";
import { columnsAt, spans } from "./layout";

test("cards fill their rows whatever their number is", () => {
  for (let columns = 1; columns <= 4; columns++) {
    for (let count = 1; count <= 12; count++) {
      const widths = spans(count, columns);
      expect(widths.reduce((sum, width) => sum + width, 0) % columns).toBe(0);
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
    }
  }
});

test("nine cards in two columns: the first is wide; in four: the first three", () => {
  expect(spans(9, 2)).toEqual([2, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect(spans(9, 4)).toEqual([2, 2, 2, 1, 1, 1, 1, 1, 1]);
  expect(spans(0, 3)).toEqual([]);
});

test("columns by width", () => {
  expect([360, 721, 1180, 1900, 2560].map(columnsAt)).toEqual([1, 2, 3, 4, 4]);
});
