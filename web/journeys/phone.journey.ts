import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Tools } from "./tools.ts";

async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${page.url()} is ${wide} px wider than the screen`);
}

/** Home, services and an endpoint at 360 px: nothing is cut off, and all is within reach of the thumb. */
export default async function phone({ tab, axe, picture }: Tools): Promise<void> {
  const page = await tab({ width: 360, height: 780 });
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.getByText("Ended lately").waitFor();
  await fits(page);
  await axe(page);
  await picture("home-phone", page);
  await page.getByRole("navigation", { name: "Workspace, short" }).getByRole("link", { name: "Services" }).click();
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).click();
  await page.getByRole("link", { name: "seattle" }).waitFor();
  await fits(page);
  await page.getByRole("link", { name: "seattle" }).click();
  await page.getByText("Version 2 took over from 1").waitFor();
  await fits(page);
  await axe(page);
  await picture("endpoint-phone", page);
  await page.getByRole("button", { name: "Update resource" }).click();
  await page.getByRole("radio", { name: /Version 1/ }).check();
  await page.getByRole("rowheader", { name: "AUC" }).waitFor();
  await fits(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More", exact: true }).last().click();
  await page.getByRole("combobox", { name: "Find or do" }).fill("seat");
}
