import { expect, test } from "vitest";
import { readAgainst, writeAgainst } from "./against";

test.each([
  { kind: "model", name: "A/B <c>", version: "3" },
  { kind: "run", experiment: "x?y=1&z", run: "0a", module: "100 %/é", place: 1 },
] as const)("an address survives any name: %j", (against) => {
  const query = new URLSearchParams({ against: writeAgainst(against) }).toString();
  expect(readAgainst(new URLSearchParams(query).get("against"))).toEqual(against);
});

test.each([null, "", "model/x", "run/a/b/c/2", "run/a/b/c/x", "other/a/b", "model/%E0%A4%A/1"])("%s compares with nothing", (text) => {
  expect(readAgainst(text)).toBeNull();
});
