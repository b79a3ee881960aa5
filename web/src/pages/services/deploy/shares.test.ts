import { describe, expect, it } from "vitest";
import { freeName, isSame, move, type Shares, sharesOf, withOne, without } from "./shares";

const sum = (shares: Shares) => Object.values(shares).reduce((all, share) => all + share, 0);

describe("shares", () => {
  it("are taken from the current models first, then from the largest", () => {
    expect(move({ current: 90, candidate: 10 }, "candidate", 25)).toEqual({ current: 75, candidate: 25 });
    expect(move({ current: 10, a: 60, b: 30 }, "b", 50)).toEqual({ current: 0, a: 50, b: 50 });
    expect(move({ current: 10, a: 60, b: 30 }, "b", 5)).toEqual({ current: 35, a: 60, b: 5 });
  });

  it("of the others change in proportion to the current models' own", () => {
    expect(move({ current: 70, a: 20, b: 10 }, "current", 40)).toEqual({ current: 40, a: 40, b: 20 });
    expect(move({ current: 100, a: 0, b: 0 }, "current", 75)).toEqual({ current: 75, a: 13, b: 12 });
  });

  it("sum to 100 wherever a slider is", () => {
    for (const name of ["current", "a", "b", "c"])
      for (let to = -5; to <= 105; to += 7) {
        const moved = move({ current: 34, a: 33, b: 33, c: 0 }, name, to);
        expect(sum(moved)).toBe(100);
        expect(moved[name]).toBe(Math.min(100, Math.max(0, to)));
      }
  });

  it("stay 100 with a deployment more or less", () => {
    expect(withOne({ current: 100 }, "candidate", 10)).toEqual({ current: 90, candidate: 10 });
    expect(without({ current: 90, candidate: 10 }, "candidate")).toEqual({ current: 100 });
    expect(move({ current: 100 }, "current", 5)).toEqual({ current: 100 });
  });
});

it("reads shares, compares them and finds a free name", () => {
  const shares = sharesOf([{ Name: "current", Share: 90 }, { Name: "candidate", Share: 10 }]);
  expect(isSame(shares, { candidate: 10, current: 90 })).toBe(true);
  expect(isSame(shares, { current: 90 })).toBe(false);
  expect(freeName(shares)).toBe("candidate2");
});
