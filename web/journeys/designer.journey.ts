/** An experiment drawn by hand with the mouse; broken and mended; run; set up as a web service; drawn in two tabs. */

import { type Locator, type Page } from "playwright-core";
import type { Tools } from "./tools.ts";

const NAME = "Drawn <b>by hand";
const ROWS = ["age,bought", ...Array.from({ length: 40 }, (_, row) => `${20 + row},${row > 20 ? "yes" : "no"}`)].join("\n");
const PLACE = { x: 60, y: 40 };

const node = (page: Page, title: string): Locator => page.locator(`[data-id="m:${title}"]`);
const port = (page: Page, title: string, name: string): Locator => node(page, title).locator(`[data-handleid="${name}"]`);

async function add(page: Page, module: string): Promise<void> {
  await page.locator(".react-flow__pane").click({ position: PLACE });
  await page.getByLabel("Search modules").fill(module);
  await page.keyboard.press("Enter");
  await node(page, module).waitFor();
}

async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  await from.hover();
  await page.mouse.down();
  await to.hover();
  await page.mouse.up();
}

/** Wait until the text is somewhere in what is found. */
async function says(found: Locator, text: string, timeout = 15_000): Promise<void> {
  await found.filter({ hasText: text }).first().waitFor({ timeout });
}

/** Two tabs change one draft. */
export const refusals = ["status of 412"];

export default async function designer({ page, tab, url, axe, picture }: Tools): Promise<void> {
  const address = `${url}/studio/experiments/${encodeURIComponent(NAME)}`;
  await page.goto(address);
  await page.getByText("An empty canvas").waitFor();
  for (const module of ["Enter Data Manually", "Two-Class Logistic Regression", "Train Model", "Score Model"]) await add(page, module);
  await page.locator(".react-flow__pane").click({ position: PLACE });
  await page.keyboard.press("t");
  await node(page, "Enter Data Manually").click();
  await page.getByLabel("Data", { exact: true }).fill(ROWS);
  await page.keyboard.press("Escape");
  const wires: [string, string, string, string][] = [
    ["Enter Data Manually", "dataset", "Train Model", "Dataset"],
    ["Enter Data Manually", "dataset", "Score Model", "Dataset"],
    ["Two-Class Logistic Regression", "Untrained model", "Train Model", "Untrained model"],
    ["Train Model", "Trained model", "Score Model", "Trained model"],
  ];
  for (const [from, output, to, input] of wires) await drag(page, port(page, from, output), port(page, to, input));
  await page.keyboard.press("t");
  await page.waitForTimeout(300);
  await drag(page, port(page, "Two-Class Logistic Regression", "Untrained model"), port(page, "Score Model", "Dataset"));
  await says(page.locator(".toast"), "is an untrained model");

  // Broken and mended: a column that is not there, and the one that was meant.
  await node(page, "Train Model").click();
  await page.getByRole("button", { name: "Pick columns" }).click();
  await page.getByLabel("Search columns").fill("boughtt");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Use bought" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await says(page.locator(".dt"), "Saved");

  // A second tab has the draft; what both change is shown, and neither is lost.
  const other = await tab();
  await other.goto(address);
  await node(other, "Score Model").click();
  await other.keyboard.press("F2");
  await other.getByLabel("Title").fill("Score them");
  await other.keyboard.press("Enter");
  await says(other.locator(".dt"), "Saved");
  await node(page, "Score Model").click();
  await page.keyboard.press("Shift+ArrowRight");
  await says(page.locator(".msg.warn"), "changed elsewhere");
  await page.getByRole("button", { name: "Show the other" }).click();
  await node(page, "Score them").waitFor();

  await page.getByRole("button", { name: /^Run/ }).click();
  await says(page.locator(".rs"), "Finished", 60_000);
  await axe();
  await page.getByRole("button", { name: "Set up web service" }).click();
  await says(page.locator(".sub"), "A new web service");
  await axe();
  await picture("web-service-setup");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.waitForURL(/\/studio\/services\//);
  await page.goto(`${url}/studio/experiments`);
  await page.getByRole("link", { name: NAME }).waitFor();
  await axe();
  await picture("experiments");
  await page.setViewportSize({ width: 1200, height: 550 });
  await page.goto(`${url}/studio/experiments/Tumours`);
  await says(page.locator(".rs"), "Finished");
  await picture("designer");
}
