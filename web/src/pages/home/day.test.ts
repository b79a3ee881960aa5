import { expect, test } from "vitest";
import { dayMarks, headline, wantsLook } from "./day";
import type { Activity, EndedWork } from "./shapes";

const now = new Date(2026, 10, 27, 13, 30);
const at = (hour: number, day = 27) => new Date(2026, 10, day, hour).toISOString();
const ended = (more: Partial<EndedWork>) =>
  ({ Kind: "run", Id: "1", Name: "Income", WebService: null, Endpoint: null, State: "Finished", StartTime: at(8), EndTime: at(9), Rows: 0, Details: null, More: {}, ...more }) as EndedWork;
const activity = (more: Partial<Activity>): Activity => ({ Counts: {}, Running: [], Waiting: { job: 0, run: 0, challenge: 0 }, Ended: [], MoreEnded: false, Due: [], Traffic: { Calls: 0, Failed: 0, P50: null, P95: null, P99: null, ByHour: [], WebServices: [] }, ...more });

test("work lies in its lane between its hours, and what is due lies right of now", () => {
  const marks = dayMarks(
    activity({
      Ended: [ended({}), ended({ Kind: "swap", StartTime: at(12), EndTime: at(12) })],
      Due: [{ Kind: "trigger", Name: "Nightly", WebServiceId: null, WebService: null, EndpointId: null, Endpoint: null, At: at(22), Skipped: null }],
    }),
    now,
  );
  expect(marks.map(({ lane, from, to, kind }) => [lane, from, to, kind])).toEqual([
    [0, 8, 9, "ended"],
    [3, 12, 12, "swap"],
    [2, 22, 22, "due"],
  ]);
});

test("work that began yesterday starts at midnight; what ended yesterday or is due tomorrow is not of this day", () => {
  const marks = dayMarks(activity({ Ended: [ended({ StartTime: at(23, 26), EndTime: at(1) }), ended({ StartTime: at(8, 26), EndTime: at(9, 26) })] }), now);
  expect(marks.map(({ from, to }) => [from, to])).toEqual([[0, 1]]);
});

test("what failed or did not pass wants a look, and the head says so", () => {
  const kept = ended({ Kind: "challenge", More: { passed: false } as never });
  const older = ended({ Kind: "challenge", Id: "2", More: { passed: "False" } as never });
  const found = [ended({}), ended({ State: "Failed" }), kept];
  expect(wantsLook(found)).toHaveLength(2);
  expect(wantsLook([older, ended({ Kind: "challenge", More: { passed: true } as never })])).toEqual([older]);
  expect(wantsLook([older, kept], ["2"])).toEqual([kept]);
  expect(headline(activity({ Counts: { Endpoints: 38 }, Ended: found }))).toBe("38 endpoints. Nothing runs, 2 things want a look.");
  expect(headline(activity({}))).toBe("No endpoint yet. Nothing runs, nothing wants a look.");
});
