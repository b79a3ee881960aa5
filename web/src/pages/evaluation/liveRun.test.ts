import { expect, test } from "vitest";
import { isGoing, liveLoss, type RunState } from "./liveRun";

const run = (status: string): RunState => ({
  RunId: "1",
  Status: { StatusCode: status },
  Modules: [
    { Title: "Train A", Module: "Train Model", StatusCode: "Finished", Seconds: 9 },
    { Title: "Train B", Module: "Train Model", StatusCode: status, Seconds: 4 },
  ],
  Curves: {
    "Train A": { unit: "tree", loss: [3, 2], total: 2, done: 2 },
    "Train B": { unit: "epoch", loss: [5, 4], total: 10, done: 2 },
  },
});

test("the loss that grows is that of the learner that trains, with the time it still takes", () => {
  expect(liveLoss(run("Running"))).toMatchObject({ name: "Train B", running: true, total: 10, secondsLeft: 16 });
  expect(isGoing(run("Running"))).toBe(true);
});

test("of a run that has ended it is the last", () => {
  expect(liveLoss(run("Finished"))).toMatchObject({ name: "Train B", running: false });
  expect(isGoing(run("Cancelled"))).toBe(false);
});

test("learners without a loss have none", () => {
  expect(liveLoss({ ...run("Running"), Curves: {} })).toBeUndefined();
});
