/** A retraining policy whose winner is promoted in steps: made in its sheet, changed, and kept as it was said. */

import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

interface Kept {
  Trigger: { Type: string };
  Gate: { Metric: string; Better?: number };
  Promotion?: { Steps: { Share?: number; Minutes?: number }[]; Gate: { ErrorRate: number } } | null;
}

export default async function policy({ page, url, api, axe, picture, tab }: Tools): Promise<void> {
  const services = (await api("GET", "/webservices")) as { Id: string; Name: string; Kind: string; Experiment: string | null }[];
  const service = services.find(({ Name }) => Name === "Tumours [predictive exp.]");
  assert.equal(service?.Experiment, "Tumours");
  const endpoint = `/webservices/${service.Id}/endpoints/spokane`;
  await api("PUT", endpoint, { Description: "Olympia's own model" });
  const kept = () => api("GET", `${endpoint}/policy`) as Promise<Kept>;

  await page.goto(`${url}/studio/services/${service.Id}/endpoints/default`);
  await page.getByText("None: this endpoint follows its experiment.").waitFor();
  await page.goto(`${url}/studio/services/${service.Id}/endpoints/spokane`);
  await page.getByRole("button", { name: "Make a policy" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Training service").selectOption({ label: "Tumours [training exp.]" });
  await sheet.getByLabel("Rows held back").selectOption("held-back.csv");
  await sheet.getByLabel("A model that passes").selectOption("steps");
  await sheet.getByLabel("Share").first().fill("0");
  await sheet.getByText("Share: 1 to 100 %").waitFor();
  assert.ok(await sheet.getByRole("button", { name: "Save policy" }).isDisabled());
  await sheet.getByLabel("Share").first().fill("10");
  await sheet.getByLabel("Errors more than now").fill("3");
  await axe();
  await sheet.getByLabel("A model that passes").scrollIntoViewIfNeeded();
  await sheet.getByText("Steps, and what the model is held to").scrollIntoViewIfNeeded();
  await picture("policy-sheet");
  await sheet.getByRole("button", { name: "Save policy" }).click();
  await page.getByText("is promoted in steps").waitFor();
  const made = (await kept()).Promotion;
  assert.deepEqual([made?.Steps.map(({ Share }) => Share), made?.Gate.ErrorRate], [[10, 25, 100], 0.03]);

  // Changed elsewhere in the sheet, the steps stay.
  await page.getByRole("button", { name: "Change the policy" }).click();
  await sheet.getByLabel("Metric", { exact: true }).selectOption("Accuracy");
  await sheet.getByRole("button", { name: "Save policy" }).click();
  await sheet.waitFor({ state: "hidden" });
  const changed = await kept();
  assert.deepEqual([changed.Gate.Metric, changed.Promotion], ["Accuracy", made]);

  const phone = await tab({ width: 360, height: 780 });
  await phone.goto(`${url}/studio/services/${service.Id}/endpoints/spokane`);
  await phone.getByRole("button", { name: "Change the policy" }).click();
  await phone.getByText("Steps, and what the model is held to").scrollIntoViewIfNeeded();
  assert.ok((await phone.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  if (process.env.LOOK) await phone.screenshot({ path: `${process.env.LOOK}/policy-phone.png` });
  await api("DELETE", endpoint);
}
