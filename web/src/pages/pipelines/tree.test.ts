import { expect, test } from "vitest";
import { type ActivityRun, activityRows, treeWords } from "./tree";

const run = (activityName: string, status = "Queued", start: number | null = null, end: number | null = null) =>
  ({ activityName, status, activityRunStart: start === null ? null : new Date(start).toISOString(), activityRunEnd: end === null ? null : new Date(end).toISOString() }) as ActivityRun;
const after = (name: string, ...on: string[]) => ({ name, dependsOn: on.map((activity) => ({ activity, dependencyConditions: ["Succeeded"] })) });

test("each activity stands below the last of those it depends on, whatever the case of names", () => {
  const rows = activityRows([run("A", "Succeeded", 0, 100), run("B", "InProgress", 150), run("SwapA"), run("All")], [after("A"), after("B"), after("SwapA", "a "), after("All", "SwapA", "B")], 0, 200);
  expect(rows.map(({ run: { activityName }, depth }) => [activityName, depth])).toEqual([["A", 0], ["SwapA", 1], ["B", 0], ["All", 1]]);
  expect(rows[0]).toMatchObject({ from: 0, to: 0.5 });
  expect(rows[2]).toMatchObject({ from: 0.75, to: 1, waits: "" });
  expect(rows[3]).toMatchObject({ from: undefined, waits: "for SwapA to succeed and B to succeed" });
});

test("what leads in a circle, or to an activity that is gone, is shown all the same, each once", () => {
  const rows = activityRows([run("A"), run("B"), run("C")], [after("A", "B"), after("B", "A"), after("C", "gone")], 0, 0);
  expect(rows.map(({ run: { activityName } }) => activityName).sort()).toEqual(["A", "B", "C"]);
});

test("the sentence counts what has ended", () => {
  expect(treeWords([run("A", "Succeeded"), run("B", "Skipped"), run("C")])).toBe("2 of 3 activities have ended.");
  expect(treeWords([run("A")])).toBe("0 of 1 activity has ended.");
});
