import { expect, test } from "vitest";
import { decoded } from "./location";

test("names come out of an address as they went in, and half an escape does no harm", () => {
  for (const name of ["a/b", "50%", "%2F", "<b>&amp;", "Größe 1"]) {
    expect(decoded({ name: encodeURIComponent(name) })).toEqual({ name });
  }
  expect(decoded({ name: "50%", other: undefined })).toEqual({ name: "50%", other: undefined });
});
