/** One customer's model, retrained by a dropped file: endpoint, job, comparison, swap and the way back, by mouse and keys. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drop, type Tools } from "./tools.ts";

export default async function retrain({ page, folder, axe, picture }: Tools): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByLabel("Name").fill("spokane");
  await page.getByRole("button", { name: "Add spokane" }).click();
  await page.getByRole("heading", { name: "spokane" }).waitFor();
  const address = page.url();

  // The file is dropped on the training service's job; it is watched until it has trained a model.
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await page.getByRole("button", { name: "New batch job" }).click();
  await page.getByLabel("Web service").selectOption({ label: "Tumours [training exp.]" });
  await page.getByText(/^Drop a CSV/).waitFor();
  const later = readFileSync(join(folder, "tutorial", "later.csv"), "utf8").trimEnd().split("\n");
  await drop(page, page.getByRole("region", { name: "input1" }), "spokane <b>.csv", `${later.slice(0, -120).join("\n")}\n`);
  await page.getByText(/^spokane <b>\.csv, /).waitFor();
  await page.getByRole("button", { name: "Start job" }).click();
  await page.getByRole("heading", { name: /^Retraining/ }).waitFor();
  await page.getByText("Finished", { exact: true }).waitFor({ timeout: 30_000 });
  await page.getByRole("link", { name: "Download output1" }).waitFor();
  await axe();
  await picture("job-retraining");
  const job = new URL(page.url()).pathname.split("/").at(-1)?.slice(0, 4);
  assert.ok(job);

  // Compared with the one in use on rows that neither has seen, then swapped by the keyboard.
  await page.goto(address);
  await page.getByRole("button", { name: "Update resource" }).click();
  await page.getByText("From a job", { exact: true }).click();
  await page.getByRole("radio", { name: new RegExp(`job ${job}`) }).check();
  await page.getByLabel("Rows", { exact: true }).selectOption("held-back.csv");
  await page.getByRole("rowheader", { name: "AUC" }).waitFor();
  await page.getByLabel("Why, goes into the history").fill("Trained on Spokane's rows");
  await axe();
  const swap = page.getByRole("button", { name: /^Swap to / });
  await swap.focus();
  await page.keyboard.press("Enter");
  await page.getByText(/Version \d+ took over from 1/).waitFor();
  await page.getByText("Trained on Spokane's rows").first().waitFor();

  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Rolled back to version 1").waitFor();
  await page.getByText("undone", { exact: true }).waitFor();
}
