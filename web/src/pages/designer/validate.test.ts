import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readDocument } from "./document";
import { type Module, readPalette } from "./palette";
import { type Finding, validate } from "./validate";

interface Case {
  name: string;
  document: unknown;
  findings: Omit<Finding, "severity">[];
}

const file = new URL("../../../../tests/data/documents.json", import.meta.url);
const { palette, cases } = JSON.parse(readFileSync(file, "utf8")) as { palette: Module[]; cases: Case[] };
const modules = readPalette(palette);
const place = ({ module, port, property, number }: Partial<Finding>) => JSON.stringify([module, port, property, number]);

test.each(cases)("the same is wrong as the app finds: $name", ({ document, findings }) => {
  const own = validate(modules, readDocument(document)).sort((a, b) => (a.message < b.message ? -1 : 1));
  const theirs = [...findings].sort((a, b) => (a.message < b.message ? -1 : 1));
  expect(own.map(place)).toEqual(theirs.map(place));
  own.forEach(({ message }, at) => expect(theirs[at]?.message.slice(0, message.length)).toBe(message));
});
