import { expect, test } from "vitest";
import { isGoing, liveLoss, lossPoints, type RunState } from "./liveRun";

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

test("where a long curve has some of its losses only, each keeps its number", () => {
  const thinned = { ...run("Running"), Curves: { "Train B": { unit: "tree", loss: [5, 4, 3], step: [1, 500, 1000], total: 2000, done: 1000 } } };
  const live = liveLoss(thinned)!;
  expect(lossPoints(live.loss, live.step)).toEqual([{ x: 1, y: 5 }, { x: 500, y: 4 }, { x: 1000, y: 3 }]);
  expect(live.done).toBe(1000);
  expect(lossPoints([2, 1])).toEqual([{ x: 1, y: 2 }, { x: 2, y: 1 }]);
});
