import { expect, it } from "vitest";
import { actionWords, outcomeOf, shortPath, startOfDay } from "./audit";

it("says what was done and how it ended", () => {
  expect(actionWords("renew_workspace_token")).toBe("Renew workspace token");
  expect([200, 204, 404, 503, null].map((status) => outcomeOf(status).word)).toEqual(["done", "done", "refused, 404", "failed, 503", "not ended"]);
});

it("shows paths without the workspace", () => {
  const workspace = "0123456789abcdef0123456789abcdef";
  expect(shortPath(`/workspaces/${workspace}/experiments/a`)).toBe("/experiments/a");
  expect(shortPath(`/workspaces/${workspace}`)).toBe("/");
  expect(shortPath("services/x/endpoints/y")).toBe("services/x/endpoints/y");
});

it("reads days as they begin here", () => {
  expect(new Date(startOfDay("2026-11-27") ?? "").getHours()).toBe(0);
  expect(Date.parse(startOfDay("2026-11-27", 1) ?? "") - Date.parse(startOfDay("2026-11-27") ?? "")).toBe(86_400_000);
  expect(startOfDay("")).toBeUndefined();
});
