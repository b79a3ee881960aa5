import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

interface Run {
  RunId: string;
}

/** A run is visualized, then evaluated: two columns against each other, the threshold by keys and by cost, a chart as a file. */
export default async function evaluate({ page, url, api, axe, picture, tab }: Tools): Promise<void> {
  const name = "Tumours";
  const runs = (await api("GET", `/experiments/${encodeURIComponent(name)}/runs`)) as Run[];
  const run = runs[0]!.RunId;
  const { modules } = ((await api("GET", `/experiments/${encodeURIComponent(name)}`)) as { Document: { modules: Record<string, { module: string }> } }).Document;
  const titleOf = (module: string) => Object.entries(modules).find(([, each]) => each.module === module)![0];
  const here = `${url}/studio/experiments/${encodeURIComponent(name)}/runs/${run}`;

  await page.setViewportSize({ width: 1200, height: 740 });
  await page.goto(`${here}/data/${encodeURIComponent(titleOf("Import Data"))}/Results%20dataset`);
  const table = page.getByRole("region", { name: "Rows", exact: true });
  await table.waitFor();
  const heads = table.getByRole("button");
  await heads.nth(1).click();
  await heads.nth(2).click({ modifiers: ["Shift"] });
  await page.getByText(/Correlation|The first|All \d/).first().waitFor();
  await table.focus();
  await page.keyboard.press("PageDown");
  await page.getByText(/Rows 21 to/).waitFor();
  await axe();
  await page.mouse.wheel(0, -5000);
  await page.waitForTimeout(200);
  await picture("dataset");

  await page.goto(`${here}/evaluation/${encodeURIComponent(titleOf("Evaluate Model"))}`);
  const threshold = page.getByRole("textbox", { name: "Threshold" });
  await threshold.waitFor();
  const matrix = page.locator("[data-chart='Confusion matrix']");
  const before = await matrix.innerText();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await threshold.inputValue(), "0.71");
  assert.notEqual(await matrix.innerText(), before);
  await page.getByRole("button", { name: "Lowest cost" }).click();
  assert.notEqual(await threshold.inputValue(), "0.71");
  await threshold.fill("2");
  assert.equal(await threshold.getAttribute("aria-invalid"), "true");
  await threshold.fill("0.25");
  await page.getByRole("button", { name: "Download or read ROC" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  assert.equal(file.suggestedFilename(), "roc.csv");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await axe();
  }
  await page.mouse.wheel(0, -5000);
  await page.waitForTimeout(200);
  await picture("evaluation");
  const phone = await tab({ width: 360, height: 780 });
  await phone.goto(page.url());
  await phone.getByRole("heading", { name: "ROC" }).waitFor();
  const over = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `the page is ${over} px wider than a phone`);
}
