import { expect, test } from "vitest";
import { greys, guessImage, widths } from "./image";

const columns = (count: number) => Array.from({ length: count }, (_, place) => ({ name: `p${place}`, isNumber: true }));

test("64 numbers beside a label are an image of 8 by 8", () => {
  const shape = guessImage([...columns(64), { name: "digit", isNumber: true }], "digit");
  expect(shape).toMatchObject({ width: 8, height: 8 });
  expect(shape!.columns).toHaveLength(64);
});

test("a name between them starts anew, and few or no square are no image", () => {
  expect(guessImage([{ name: "id", isNumber: true }, { name: "who", isNumber: false }, ...columns(16)], "x")?.width).toBe(4);
  expect(guessImage(columns(15), "x")).toBeNull();
  expect(guessImage(columns(9), "x")).toBeNull();
  expect(guessImage([], "x")).toBeNull();
});

test("widths divide the points", () => {
  expect(widths(12)).toEqual([2, 3, 4, 6]);
});

test("greys are spread over the range; what is missing is black", () => {
  expect([...greys([0, 8, 16, null, Number.NaN], 0, 16)]).toEqual([0, 128, 255, 0, 0]);
  expect([...greys([5, 5], 5, 5)]).toEqual([0, 0]);
});
