import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FRAME_DRAWINGS } from "./frameDrawings";

const SHELL = join(import.meta.dirname, "../shell");
/** Parts that the frame shows before any page is there. */
const PARTS = ["Button", "Menu", "Message", "Sheet"].map((name) => join(import.meta.dirname, `${name}.tsx`));

test("every icon that the frame names is among its own drawings", () => {
  const files = [...readdirSync(SHELL).filter((name) => /\.tsx?$/.test(name)).map((name) => join(SHELL, name)), ...PARTS];
  const named = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/(?:icon|Icon name)(?:=|: )\{?"(\w+)"/g)].map(([, icon]) => icon!));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((icon) => !Object.hasOwn(FRAME_DRAWINGS, icon))).toEqual([]);
});
