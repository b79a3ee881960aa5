import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** A receiver on a host that the operator has not listed is refused. */
export const refusals = ["status of 400"];

const SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

/** A subscription that is refused in the app's words, with what was typed kept; a datastore whose secret is shown to nobody. */
export default async function connections({ page, url, api, axe, picture }: Tools): Promise<void> {
  await page.goto(`${url}/studio/events/subscriptions`);
  await page.getByText("Nobody is told yet").waitFor();
  await axe();
  await page.getByRole("button", { name: "New subscription" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill("ops");
  await sheet.getByLabel("Address").fill("https://hooks.example.org/perennial?code=abc");
  await sheet.getByLabel(/^Drift/).check();
  await sheet.getByRole("button", { name: "Subscribe" }).click();
  await sheet.getByRole("alert").getByText("PERENNIAL_EVENT_HOSTS").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New subscription" }).click();
  assert.equal(await sheet.getByLabel("Name").inputValue(), "ops");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Datastores" }).click();
  await page.getByText("No datastores yet").waitFor();
  await page.getByRole("button", { name: "New datastore" }).click();
  await sheet.getByLabel("Name").fill("sales");
  await sheet.getByLabel("Storage account").fill("salesdata");
  await sheet.getByLabel("Container").fill("exports");
  await sheet.getByText("Type the secret.").waitFor();
  await sheet.getByLabel("Key of the account").fill(SECRET);
  await sheet.getByLabel("Description").fill("Orders of the shop");
  await axe();
  await sheet.getByRole("button", { name: "Add datastore" }).click();
  await page.getByRole("rowheader", { name: /^sales/ }).waitFor();
  await page.setViewportSize({ width: 1200, height: 610 });
  await picture("datastores");
  await axe();
  await page.getByRole("button", { name: "More for sales" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  await sheet.getByText("Leave it empty to keep the earlier one").waitFor();
  assert.equal(await sheet.getByLabel("Key of the account").inputValue(), "");
  assert.ok(!(await page.content()).includes(SECRET), "the secret is in the page");
  await sheet.getByLabel("Container").fill("archive");
  await sheet.getByRole("button", { name: "Save datastore" }).click();
  await page.getByText("https://salesdata.blob.core.windows.net/archive").first().waitFor();
  await page.getByRole("button", { name: "More for sales" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete datastore" }).click();
  await page.getByText("No datastores yet").waitFor();
  assert.deepEqual(await api("GET", "/datastores"), []);
}
