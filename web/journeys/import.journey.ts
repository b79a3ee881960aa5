/** An experiment exported from the original is dropped; what does not exist here is shown, mended on the canvas, and it runs. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { drop, type Tools } from "./tools.ts";

const EXPORT = join(import.meta.dirname, "..", "..", "tests", "data", "classic-graphs", "amltweet.studio.json");
/** What no version of the app has: a module that somebody made themselves. */
const UNKNOWN = "00000000000000000000000000000001.00000000000000000000000000000002.v1-default-1";
const NAME = "Imported <i>tweets<|i>";

interface Exported {
  Graph: { ModuleNodes: { ModuleId: string; ModuleParameters: { Name: string }[] }[] };
}

/** A file that is no export. */
export const refusals = ["status of 400"];

export default async function importing({ page, axe, picture }: Tools): Promise<void> {
  const exported = JSON.parse(readFileSync(EXPORT, "utf8")) as Exported;
  const script = exported.Graph.ModuleNodes.find(({ ModuleParameters }) => ModuleParameters.some(({ Name }) => Name === "PythonScript" || /script/i.test(Name)));
  assert.ok(script);
  script.ModuleId = UNKNOWN;
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.getByRole("button", { name: "Import" }).first().click();
  const sheet = page.getByRole("dialog", { name: "Import an experiment" });
  await drop(page, sheet.getByRole("region", { name: "Exported file" }), "tweets.json", "{ no export");
  await sheet.getByRole("button", { name: "Import", exact: true }).click();
  await sheet.getByRole("alert").waitFor();
  await drop(page, sheet.getByRole("region", { name: "Exported file" }), "tweets.json", JSON.stringify(exported));
  await sheet.getByLabel("Name").fill(NAME);
  await sheet.getByRole("button", { name: "Import", exact: true }).click();
  await sheet.getByText("Some parts need a look").waitFor();
  await axe();
  await picture("experiment-import");
  await sheet.getByRole("link", { name: /^Open Imported/ }).click();

  // The placeholder keeps it from running, and says what it was.
  const node = (title: string): Locator => page.locator(`[data-id="m:${title}"]`);
  await page.locator('[data-id^="m:"]').first().waitFor();
  const stand = page.locator(".react-flow__node").filter({ hasText: "Placeholder" });
  await page.getByText(/is a placeholder\. .* does not exist here/).waitFor();
  assert.ok(await page.getByRole("button", { name: /^Run/ }).isDisabled());
  await axe();
  await stand.click();
  await page.keyboard.press("Delete");
  await stand.waitFor({ state: "detached" });
  await page.getByLabel("Search modules").fill("Remove Duplicate Rows");
  await page.keyboard.press("Enter");
  await node("Remove Duplicate Rows").waitFor();
  await page.locator(".react-flow__pane").click({ position: { x: 60, y: 40 } });
  await page.keyboard.press("t");
  await page.waitForTimeout(300);
  await node("Enter Data Manually").locator('[data-handleid="dataset"]').hover();
  await page.mouse.down();
  await node("Remove Duplicate Rows").locator('[data-handleid="Dataset"]').hover();
  await page.mouse.up();
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.locator(".rs").filter({ hasText: "Finished" }).waitFor({ timeout: 30_000 });
}
