/** An experiment copied and renamed where its name stands, undone; a name that is taken; a former name that leads on. */

import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** A name that is taken. */
export const refusals = ["status of 409"];

export default async function rename({ page, url, api, axe }: Tools): Promise<void> {
  const document = (await api("GET", "/experiments/Tumours") as { Document: unknown }).Document;
  await api("PUT", "/experiments/Copied%20from", document);
  await page.goto(`${url}/studio/experiments`);
  const more = async (name: string, entry: string): Promise<void> => {
    await page.getByRole("button", { name: `More for ${name}`, exact: true }).click();
    await page.getByRole("menuitem", { name: entry }).click();
  };
  await more("Copied from", "Copy");
  const field = page.getByLabel("New name of Copied from copy");
  await field.fill("Tumours");
  await page.keyboard.press("Enter");
  await page.getByText("The workspace has an experiment 'Tumours' already.").waitFor();
  await axe();
  assert.equal(await field.inputValue(), "Tumours");
  await field.fill("A/B");
  await page.getByText("A name cannot have '/'").waitFor();
  await field.fill("<b>Renamed</b>".replace("/", "|"));
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "<b>Renamed<|b>" }).waitFor();
  const toast = page.locator(".toast").filter({ hasText: "is now called" });
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: "Copied from copy" }).waitFor();

  // In the Designer: what was drawn comes along, and the former name says where it went.
  await page.getByRole("link", { name: "Copied from copy" }).click();
  await page.getByRole("button", { name: /^Run/ }).waitFor();
  await more("Copied from copy", "Rename");
  await page.getByLabel("New name of Copied from copy").fill("Renamed");
  await page.keyboard.press("Enter");
  await page.waitForURL(/experiments\/Renamed$/);
  await page.getByRole("heading", { name: "Renamed", level: 1 }).waitFor();
  await page.locator('[data-id^="m:"]').first().waitFor();
  await axe();
  await page.goto(`${url}/studio/experiments/Copied%20from%20copy`);
  await page.getByText("What was called Copied from copy is now called").waitFor();
  await page.getByRole("link", { name: "Renamed" }).click();
  await page.locator('[data-id^="m:"]').first().waitFor();
  await more("Renamed", "Copy");
  await page.waitForURL(/experiments\/Renamed%20copy$/);
  const taken = page.waitForResponse((response) => response.request().method() === "DELETE");
  await page.locator(".toast").filter({ hasText: "This is Renamed copy" }).getByRole("button", { name: "Undo" }).click();
  await page.waitForURL(/experiments\/Renamed$/);
  // A reload at once would take the request back.
  assert.equal((await taken).status(), 204);
  await page.goto(`${url}/studio/experiments`);
  await page.getByRole("link", { name: "Renamed", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Renamed copy" }).count(), 0);
  await api("DELETE", "/experiments/Renamed").catch(() => undefined);
}
