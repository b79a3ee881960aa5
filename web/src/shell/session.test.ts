import { expect, test } from "vitest";
import { readLink } from "./session";

test("a link's fragment carries workspace and token, whatever characters they have", () => {
  expect(readLink("#workspace=a1&token=x%2By%3D%3D")).toEqual({ workspace: "a1", token: "x+y==" });
});

test("a fragment that lacks either signs nobody in", () => {
  for (const fragment of ["", "#", "#token=x", "#workspace=a", "#main", "#workspace=&token="]) {
    expect(readLink(fragment)).toBeUndefined();
  }
});
