import { afterEach, expect, test, vi } from "vitest";
import { inTurns } from "./idle";

afterEach(() => vi.unstubAllGlobals());

/** A browser that is idle when it is told so, for so many jobs. */
function browser(jobsATurn: number) {
  const waiting = new Map<number, (deadline: { timeRemaining: () => number }) => void>();
  let number = 0;
  vi.stubGlobal("requestIdleCallback", (act: (deadline: { timeRemaining: () => number }) => void) => (waiting.set(++number, act), number));
  vi.stubGlobal("cancelIdleCallback", (asked: number) => waiting.delete(asked));
  return () => {
    const [[asked, act]] = waiting as Iterable<[number, (deadline: { timeRemaining: () => number }) => void]> as [[number, (deadline: { timeRemaining: () => number }) => void]];
    waiting.delete(asked);
    let left = jobsATurn;
    act({ timeRemaining: () => (--left > 0 ? 10 : 0) });
    return waiting.size;
  };
}

test("jobs are done a few at a time, then it is told", () => {
  const idle = browser(2);
  const did: number[] = [];
  inTurns([1, 2, 3].map((each) => () => void did.push(each)), () => did.push(0), 100);
  expect(did).toEqual([]);
  expect(idle()).toBe(1);
  expect(did).toEqual([1, 2]);
  expect(idle()).toBe(0);
  expect(did).toEqual([1, 2, 3, 0]);
});

test("what is stopped does no more", () => {
  const idle = browser(1);
  const did: number[] = [];
  const stop = inTurns([1, 2].map((each) => () => void did.push(each)), () => did.push(0), 100);
  idle();
  stop();
  expect(() => idle()).toThrow();
  expect(did).toEqual([1]);
});
