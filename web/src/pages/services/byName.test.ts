import { expect, test } from "vitest";
import { byName } from "./byName";

test("default stands first, others by name and number", () => {
  const names = ["store10", "store2", "default", "austin"].map((Name) => ({ Name }));
  expect(byName(names).map(({ Name }) => Name)).toEqual(["default", "austin", "store2", "store10"]);
});
