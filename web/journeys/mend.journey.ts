/** A module fails in a run: its error stands beside it and covers nothing; mended, the experiment runs again. */

import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

const NAME = "One class only";
const rows = (bought: (age: number) => string) => ["age,bought", ...Array.from({ length: 40 }, (_, row) => `${20 + row},${bought(row)}`)].join("\n");
const DOCUMENT = {
  modules: {
    Data: { module: "Enter Data Manually", properties: { Data: rows(() => "yes") } },
    Learner: { module: "Two-Class Logistic Regression" },
    Train: { module: "Train Model", properties: { "Label column": "bought" } },
    Score: { module: "Score Model" },
  },
  connections: [
    { from: ["Data", "dataset"], to: ["Train", "Dataset"] },
    { from: ["Learner", "Untrained model"], to: ["Train", "Untrained model"] },
    { from: ["Train", "Trained model"], to: ["Score", "Trained model"] },
    { from: ["Data", "dataset"], to: ["Score", "Dataset"] },
  ],
};

export default async function mend({ page, url, api, axe }: Tools): Promise<void> {
  await api("PUT", `/experiments/${encodeURIComponent(NAME)}`, DOCUMENT);
  await page.goto(`${url}/studio/experiments/${encodeURIComponent(NAME)}`);
  const node = (title: string) => page.locator(`[data-id="m:${title}"]`);
  const run = page.locator(".rs");
  await node("Train").waitFor();
  await page.getByRole("button", { name: /^Run/ }).click();
  await run.filter({ hasText: "Failed: Train" }).waitFor({ timeout: 60_000 });

  const failed = node("Train").locator(".nf.bad");
  await failed.waitFor();
  const [error, next] = [(await failed.boundingBox())!, (await node("Score").boundingBox())!];
  assert.ok(error.y + error.height <= next.y, `The error ends at ${error.y + error.height}, the next module begins at ${next.y}.`);
  await axe();
  await failed.getByRole("button", { name: "Mend it" }).click();
  await page.locator("#panel").getByText("The last run failed here.").waitFor();

  await page.keyboard.press("Escape");
  await node("Data").click();
  await page.getByLabel("Data", { exact: true }).fill(rows((row) => (row > 20 ? "yes" : "no")));
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Run/ }).click();
  await run.filter({ hasText: /^Finished/ }).waitFor({ timeout: 60_000 });
  assert.equal(await failed.count(), 0);
  // One press returns the model from the web service.
  await page.locator("#panel").getByRole("button", { name: "Add it: the model of Train" }).click();
  await page.locator(".wsp").getByText("output1").waitFor();
  await axe();
}
