import { expect, it } from "vitest";
import { draftOf, FIRST, problemsOf, settingsOf } from "./settings";

it("reads back what it shows", () => {
  const settings = { Share: 0.07, IdColumn: "customer", LeaveOut: ["name"], Hash: ["customer"], RetentionDays: 30 };
  expect(settingsOf(draftOf(settings))).toEqual(settings);
  expect(draftOf(settings).share).toBe("7");
  expect(settingsOf(draftOf(FIRST))).toEqual(FIRST);
});

it("says what numbers are accepted", () => {
  const draft = draftOf(FIRST);
  expect(problemsOf(draft)).toEqual({ share: undefined, days: undefined });
  expect(problemsOf({ ...draft, share: "0", days: "1.5" })).toEqual({ share: "Above 0, up to 100. 0 was typed.", days: "From 1 to 3,650. 1.5 was typed." });
  expect(problemsOf({ ...draft, share: "", days: "x" }).share).toContain("Nothing was typed");
});
