import { expect, test } from "vitest";
import type { JobStatus, JobSummary, ModelVersion } from "../shapes";
import { jobChoices, versionChoices } from "./choices";

const versions = [
  { Version: 1, Model: "aa", JobId: null, CreationTime: "2026-11-01T00:00:00Z", Location: { RelativeLocation: "models/aa.ilearner" } },
  { Version: 2, Model: "bb", JobId: "7c1e99", CreationTime: "2026-11-02T00:00:00Z", Location: { RelativeLocation: "models/bb.ilearner" } },
] as unknown as ModelVersion[];
const job = { JobId: "7c1e99", WebService: "Income [training exp.]", Endpoint: "default", EndTime: "2026-11-02T00:00:00Z" } as JobSummary;
const status = (Results: Record<string, { RelativeLocation: string }> | null) => ({ Results }) as unknown as JobStatus;

test("the latest version stands first, and the one in use says so", () => {
  expect(versionChoices(versions, "aa").map(({ name, note, inUse }) => [name, note, inUse])).toEqual([
    ["Version 2", "job 7c1e", false],
    ["Version 1", "in use", true],
  ]);
});

test("of a job's results only trained models are choices, named by their version if they have one", () => {
  const found = jobChoices(job, status({ model: { RelativeLocation: "x/model.ILEARNER" }, evaluation: { RelativeLocation: "x/e.csv" } }), versions, "aa");
  expect(found.map(({ name, inUse }) => [name, inUse])).toEqual([["Version 2", false]]);
  expect(jobChoices({ ...job, JobId: "ffff" }, status({ m: { RelativeLocation: "m.ilearner" } }), versions, "aa")[0]?.name).toBe("New model");
  expect(jobChoices(job, status(null), versions, "aa")).toEqual([]);
});
