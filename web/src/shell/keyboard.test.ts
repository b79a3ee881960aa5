import { expect, test } from "vitest";
import { stroke } from "./keyboard";

const key = (name: string, more: Partial<KeyboardEvent> = {}) =>
  stroke({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test("Ctrl and Command are the same", () => {
  expect(key("k", { ctrlKey: true })).toBe("ctrl+k");
  expect(key("K", { metaKey: true })).toBe("ctrl+k");
});

test("Shift is said where it is not part of the character", () => {
  expect(key("?", { shiftKey: true })).toBe("?");
  expect(key("Z", { shiftKey: true, ctrlKey: true })).toBe("ctrl+shift+z");
  expect(key("ArrowUp", { shiftKey: true })).toBe("shift+ArrowUp");
});
