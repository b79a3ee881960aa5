import { expect, test } from "vitest";
import { headline } from "./headline";

test("the sentence counts what runs, what waits and what failed", () => {
  expect(headline({ Running: [], Waiting: { job: 0, run: 0, challenge: 0 }, Ended: [] })).toBe("Nothing runs, nothing waits, nothing failed in the last 24 hours.");
  const ended = [{ State: "Failed" }, { State: "Finished" }];
  expect(headline({ Running: [{}], Waiting: { job: 1200, run: 34, challenge: 0 }, Ended: ended } as never)).toBe("1 runs, 1,234 wait, 1 failed in the last 24 hours.");
});
