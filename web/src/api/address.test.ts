import { expect, test } from "vitest";
import { fillPath, fillQuery, moduleInPath, nextPage, titleInRun } from "./address";

test("names with slashes, markup and spaces stay one step of the path", () => {
  expect(fillPath("/experiments/{experiment}/runs", { experiment: "a/../<b>?#" })).toBe(
    "/experiments/a%2F..%2F%3Cb%3E%3F%23/runs",
  );
});

test("a name that a browser would take for a step up is refused, and so is none", () => {
  expect(() => fillPath("/a/{x}", { x: ".." })).toThrow("..");
  expect(() => fillPath("/a/{x}", {})).toThrow("x");
});

test("a module whose title no path can hold is named by its place in the run, and found again by it", () => {
  const modules = ["Train", "a/b", "50 %", "..", "~1"].map((Title) => ({ Title }));
  expect(modules.map(({ Title }) => moduleInPath(Title, modules))).toEqual(["Train", "~1", "~2", "~3", "~4"]);
  expect(["Train", "~2", "~3", "~9", "~x"].map((name) => titleInRun(name, modules))).toEqual(["Train", "50 %", "..", "~9", "~x"]);
  expect(titleInRun("~1")).toBe("~1");
});

test("a query leaves out what is undefined and keeps what is false or 0", () => {
  expect(fillQuery({ a: undefined, b: 0, c: false, d: "x y&z" })).toBe("?b=0&c=false&d=x+y%26z");
  expect(fillQuery({})).toBe("");
});

test("the next page is read from the header Link, and asked of this origin whatever the header says", () => {
  expect(nextPage('<http://127.0.0.1:7071/w?after=3&limit=2>; rel="next"', "http://localhost")).toBe("/w?after=3&limit=2");
  expect(nextPage('</w?after=3>; rel="next"', "http://localhost")).toBe("/w?after=3");
  expect(nextPage(null, "http://localhost")).toBeUndefined();
  expect(nextPage('<http://[bad>; rel="next"', "http://localhost")).toBeUndefined();
});
