import { expect, it } from "vitest";
import { joinCsv } from "./joinCsv";

it("keeps the header of the first page only", () => {
  expect(joinCsv(["a,b\n1,2\n", "a,b\n3,4\n"]).join("")).toBe("a,b\n1,2\n3,4\n");
  expect(joinCsv(['"a\nb"\n1\n', '"a\nb"\n2\n']).join("")).toBe('"a\nb"\n1\n2\n');
  expect(joinCsv(["a,b\n"]).join("")).toBe("a,b\n");
});

it("has the columns of all pages where they differ", () => {
  expect(joinCsv(["a,b\n1,2\n", "b,c\n3,4\n"]).join("")).toBe("a,b,c\r\n1,2,\r\n,3,4\r\n");
});
