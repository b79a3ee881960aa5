import { expect, test } from "vitest";
import { placesOf } from "./usePages";

test("the places of rows go on from page to page", () => {
  expect(placesOf(0, 50, 50)).toBe("1 to 50");
  expect(placesOf(20, 50, 3)).toBe("1,001 to 1,003");
  expect(placesOf(2, 50, 0)).toBe("Nothing more");
});
