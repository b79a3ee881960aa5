import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** A row is tested in both ways while one types; rows are pasted; a file becomes a batch job. */
export default async function test({ page, url, api, axe, picture }: Tools): Promise<void> {
  const services = (await api("GET", "/webservices")) as { Id: string; Name: string }[];
  const service = services.find(({ Name }) => Name.includes("predictive"));
  assert.ok(service, "the app has no predictive service");
  await page.goto(`${url}/studio/services/${service.Id}/endpoints/default/test`);
  await page.getByText("They agree").waitFor();
  const field = page.locator(".tform input").first();
  const before = await field.inputValue();
  await field.fill(String(Number(before) * 1.5 + 1));
  await page.getByText(` ${before} to `).waitFor();
  await page.getByText("They agree").waitFor();
  await page.setViewportSize({ width: 1200, height: 620 });
  await picture("test");
  await axe();

  await field.fill("abc");
  await page.getByText("'abc' is not a valid", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: "Typical row" }).click();
  await page.getByText("They agree").waitFor();

  const names = await page.locator(".tform label").allInnerTexts();
  const row = names.map(() => "1").join(",");
  await page.getByRole("button", { name: "Paste" }).click();
  await page.getByRole("textbox", { name: "Rows" }).fill(`${names.join(",")}\n${row}\n`);
  await page.getByRole("button", { name: "Take it" }).click();
  assert.equal(await field.inputValue(), "1");

  const file = { name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from(`${names.join(",")}\n${row}\n${row}\n`) };
  await page.setInputFiles("input[type=file]", file);
  const link = page.getByRole("link", { name: "Download output1" });
  await link.waitFor({ timeout: 60_000 });
  const answers = await (await fetch((await link.getAttribute("href"))!)).text();
  assert.equal(answers.trim().split("\n").length, 3);
}
