import { expect, test } from "vitest";
import { sentence } from "./preview";

const modules = (count: number) => Array.from({ length: count }, (_, place) => ({ Title: `${place}`, Module: "Score Model" }));

test("one module stays, two stay; the service is new, or published again", () => {
  const one = { Name: "Bids [predictive exp.]", Kept: modules(1), Removed: modules(3), Added: modules(1), Service: null };
  expect(sentence(one)).toBe("A new web service, Bids [predictive exp.]: 1 module stays, 3 are taken out, 1 comes in.");
  const again = { ...one, Kept: modules(2), Removed: modules(1), Added: [], Service: { Id: "1", Name: "Bids", Changes: [], Endpoints: [] } };
  expect(sentence(again)).toBe("Bids is published again: 2 modules stay, 1 is taken out, 0 come in.");
});
