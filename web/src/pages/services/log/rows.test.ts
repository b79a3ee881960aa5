import { expect, it } from "vitest";
import { cellText, readRows, settingsWords } from "./rows";

const column = (Name: string) => ({ Name, Type: "string" });
const settings = { Share: 1, IdColumn: null, LeaveOut: [], Hash: [], RetentionDays: 90 };

it("sorts the cells of a row by what they are, and says whether the answer was right", () => {
  const Columns = ["id", "at", "input/age", "score/Scored Labels", "score/Scored Probabilities", "truth"].map(column);
  const Rows = [
    ["a/0", "2026-05-01T12:00:00Z", 30, "yes", 0.75, "no"],
    ["a/1", "2026-05-01T12:00:00Z", null, "yes", 0.9, "yes"],
    ["a/2", "2026-05-01T12:00:00Z", 1, "yes", 0.9, null],
  ];
  const [wrong, right, open] = readRows({ Columns, Rows });
  expect(wrong).toMatchObject({ id: "a/0", right: false, inputs: [["age", 30]], scores: [["Scored Labels", "yes"], ["Scored Probabilities", 0.75]] });
  expect([right?.right, open?.right]).toEqual([true, undefined]);
});

it("calls no predicted number right or wrong", () => {
  const [row] = readRows({ Columns: [column("score/Scored Labels"), column("truth")], Rows: [[3.5, "4"]] });
  expect(row?.right).toBeUndefined();
});

it("shows cells that are missing, numbers and texts", () => {
  expect([cellText(null), cellText(undefined), cellText(0.123456), cellText("<b>"), cellText(false)]).toEqual(["–", "–", "0.1235", "<b>", "false"]);
});

it("says what a log keeps", () => {
  expect(settingsWords(settings)).toBe("All rows are kept for 90 days.");
  expect(settingsWords({ ...settings, Share: 0.25, RetentionDays: 1, Hash: ["customer"], LeaveOut: ["a", "b"] })).toBe("25 % of the rows are kept for 1 day; customer is hashed, 2 columns are left out.");
});
