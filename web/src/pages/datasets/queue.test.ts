import { expect, test } from "vitest";
import { changed, holderOf, itemOf, nextOf } from "./queue";

const file = (name: string, size = 3) => new File(["x".repeat(size)], name);

test("a file is taken by its ending; others and empty ones are refused in words", () => {
  expect(itemOf(file("Rows.CSV"), 1, "w", true)).toMatchObject({ state: "waiting", name: "Rows.CSV", upload: { dataType: "GenericCSV" } });
  expect(itemOf(file("rows.tsv"), 1, "w", false).upload.dataType).toBe("GenericTSVNoHeader");
  expect(itemOf(file("rows.parquet"), 1, "w", true).refusal).toMatch(/'rows.parquet' is of no kind .*\.csv/);
  expect(itemOf(file("rows.csv", 0), 1, "w", true).state).toBe("failed");
});

test("one file is sent at a time, and only those of the workspace that is signed in to", () => {
  const items = [itemOf(file("a.csv"), 1, "other", true), itemOf(file("b.csv"), 2, "w", true), itemOf(file("c.csv"), 3, "w", true)];
  expect(nextOf(items, "w")?.key).toBe(2);
  expect(nextOf(changed(items, 2, { state: "sending" }), "w")).toBeUndefined();
  expect(nextOf(changed(items, 2, { state: "done" }), "w")?.key).toBe(3);
});

test("who has the name is found by title before file name, in any case", () => {
  const datasets = [
    { Name: "rows.csv", Title: "renamed", FamilyId: "1" },
    { Name: "other.csv", Title: "Rows.csv", FamilyId: "2" },
  ];
  expect(holderOf("rows.CSV", datasets)?.FamilyId).toBe("2");
  expect(holderOf("other.csv", datasets)?.FamilyId).toBe("2");
  expect(holderOf("none.csv", datasets)).toBeUndefined();
});
