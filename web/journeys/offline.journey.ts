/** The app is cut off while pages are open, before one is, and while its code is asked for: said plainly, nothing typed lost. */

import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** What a browser writes when nothing answers. */
export const refusals = ["net::ERR_INTERNET_DISCONNECTED"];

const SAID = "The app does not answer. What you typed is kept here";

export default async function offline({ page, url, api, axe, picture }: Tools): Promise<void> {
  const cut = (now: boolean) => page.context().setOffline(now);
  const services = (await api("GET", "/webservices")) as { Id: string; Name: string; Kind: string }[];
  const service = services.find(({ Kind }) => Kind === "predictive");
  assert.ok(service);

  // A field in a sheet, sent while nothing answers: it says so, keeps what was typed, and takes it once it does.
  await page.goto(`${url}/studio/services/${service.Id}`);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByLabel("Name").fill("everett");
  await cut(true);
  await page.getByRole("button", { name: "Add everett" }).click();
  await page.getByRole("dialog").getByText("The app does not answer").waitFor();
  await page.getByText(SAID).first().waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "everett");
  await axe();
  await picture("offline");
  await cut(false);
  await page.getByRole("button", { name: "Add everett" }).click();
  await page.getByRole("heading", { name: "everett" }).waitFor();
  await page.getByText(SAID).waitFor({ state: "detached" });

  // A page whose code was never loaded: it waits, and is there when the app is.
  await cut(true);
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.getByText(SAID).waitFor();
  assert.equal(await page.getByText("This page failed").count(), 0);
  await cut(false);
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  await api("DELETE", `/webservices/${service.Id}/endpoints/everett`);
}
