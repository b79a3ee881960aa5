import { expect, test } from "vitest";
import { ApiError, OfflineError } from "./errors";
import { GOING_MS, IDLE_MS, nextPoll } from "./poll";

test("what runs is asked for each second, what rests seldom", () => {
  expect(nextPoll(true, null)).toBe(GOING_MS);
  expect(nextPoll(false, null)).toBe(IDLE_MS);
});

test("an app that does not answer or is busy is asked again; what is not there is not", () => {
  expect(nextPoll(true, new OfflineError())).toBe(8000);
  expect(nextPoll(false, new ApiError(503, "ServiceUnavailable", "Busy."))).toBe(8000);
  expect(nextPoll(true, new ApiError(404, "NotFound", "Gone."))).toBe(false);
});
