import { expect, test } from "vitest";
import { makeRoom } from "./room";

const GROWN = 116;
const box = (x: number, y: number, height = 54) => ({ x, y, width: 204, height });

test("where nothing has grown, everything stands where it is kept", () => {
  const { down, up } = makeRoom([box(0, 0), box(0, 96)]);
  expect([0, 96, 500].map(down)).toEqual([0, 96, 500]);
  expect([0, 96, 500].map(up)).toEqual([0, 96, 500]);
});

test("what stands below a failed module goes down until its error can be read", () => {
  const { down } = makeRoom([box(0, 0), box(0, 96, GROWN), box(50, 192), box(50, 288)]);
  expect([0, 96, 192, 288].map(down)).toEqual([0, 96, 232, 328]);
});

test("a module with nothing below it, or enough room, moves nothing", () => {
  expect(makeRoom([box(0, 0, GROWN), box(400, 96)]).down(96)).toBe(96);
  expect(makeRoom([box(0, 0, GROWN), box(0, 200)]).down(200)).toBe(200);
});

test("two that have grown side by side need their room once, one below the other twice", () => {
  expect(makeRoom([box(0, 0, GROWN), box(230, 0, GROWN), box(0, 96), box(230, 96)]).down(96)).toBe(136);
  expect(makeRoom([box(0, 0, GROWN), box(0, 96, GROWN), box(0, 192)]).down(192)).toBe(272);
});

test("the place to keep is the one whose showing it was, however many have grown", () => {
  const { down, up } = makeRoom([box(0, 0, GROWN), box(0, 96, GROWN), box(0, 192, GROWN), box(0, 288), box(300, 30)]);
  for (const y of [-40, 0, 30, 96, 140, 192, 288, 1000]) expect(up(down(y))).toBe(y);
});

test("what is dropped into the room itself is kept at its edge", () => {
  const { down, up } = makeRoom([box(0, 0, GROWN), box(0, 96)]);
  expect(up(70)).toBe(54);
  expect(down(up(70))).toBe(94);
});
