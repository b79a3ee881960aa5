import { describe, expect, it } from "vitest";
import { type Event, pageOf, sentenceOf, subjectOf, typeWord } from "./words";

const event = (type: string, subject: string, data: Event["data"]) => ({ type: type as Event["type"], subject, data });
const SWAP = event("perennial.model.swapped", "services/s1/endpoints/seattle", { endpoint: "seattle", why: "better", models: [{ name: "m", version: 13 }] });

describe("an event", () => {
  it("says what happened to what, and where to look", () => {
    expect([typeWord(SWAP.type), subjectOf(SWAP), sentenceOf(SWAP), pageOf(SWAP)]).toEqual(["Models changed", "seattle", "version 13 took over; better", "/services/s1/endpoints/seattle"]);
    const step = event("perennial.promotion.step", "services/s1/endpoints/seattle", { endpoint: "seattle", step: 2, steps: 3, what: "25 % of the rows", why: "" });
    expect([sentenceOf(step), pageOf(step)]).toEqual(["step 2 of 3: 25 % of the rows", "/services/s1/endpoints/seattle/traffic"]);
    const drift = event("perennial.drift.detected", "services/s1/endpoints/seattle", { by: "day", columns: { a: {}, b: {}, c: {}, d: {} } });
    expect(sentenceOf(drift)).toBe("a, b, c and 1 more, by day");
  });

  it("of work leads to the run of a pipeline, and to nowhere where there is no page", () => {
    const failed = event("perennial.job.failed", "pipelineruns/r1", { kind: "pipelineruns", id: "r1", pipeline: "daily", details: "no file" });
    expect([subjectOf(failed), sentenceOf(failed), pageOf(failed)]).toEqual(["daily", "no file", "/pipelines/daily/runs/r1"]);
    const key = event("perennial.key.regenerated", "workspace", { slot: "secondary", by: "workspace token (primary)" });
    expect([subjectOf(key), sentenceOf(key), pageOf(key)]).toEqual(["workspace", "the secondary one; by workspace token (primary)", undefined]);
  });

  it("of a later app is shown as it is", () => {
    const later = event("perennial.later.thing", "x/<b>", {});
    expect([typeWord(later.type), subjectOf(later), sentenceOf(later)]).toEqual(["perennial.later.thing", "x <b>", ""]);
  });
});
