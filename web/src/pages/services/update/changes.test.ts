import { expect, test } from "vitest";
import { changesSentence, type Details, scorePairs } from "./changes";

const details = (more: Partial<Details>) => ({ Changed: 0, Sides: [], Threshold: 0.5, ...more }) as Details;

test("the sentence counts the rows that change sides and those that are right then", () => {
  const Sides = [
    { From: "no", To: "yes", Rows: 101, NowRight: 63, BeforeRight: 38 },
    { From: "yes", To: "no", Rows: 89, NowRight: 53, BeforeRight: 36 },
  ];
  expect(changesSentence(details({ Changed: 190, Sides }), 3256)).toEqual({
    lead: "190 of 3,256 rows (5.8\u202f%) get another label.",
    rest: "63 of the 101 that turn to yes and 53 of the 89 that turn to no are then right.",
  });
  expect(changesSentence(details({}), 10)?.lead).toBe("No row gets another label.");
  expect(changesSentence(details({ Changed: null }), 10)).toBeUndefined();
});

test("a row crosses when only one of both scores reaches the threshold", () => {
  const Pairs = { InUse: [0.2, 0.4, 0.9, 0.5], New: [0.3, 0.6, 0.1, 0.7], Truth: [] };
  const { same, crossed } = scorePairs({ Pairs, Threshold: 0.5 });
  expect(same).toEqual([{ x: 0.2, y: 0.3 }, { x: 0.5, y: 0.7 }]);
  expect(crossed).toEqual([{ x: 0.4, y: 0.6 }, { x: 0.9, y: 0.1 }]);
});
