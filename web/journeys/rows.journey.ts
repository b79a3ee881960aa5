import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Tools } from "./tools.ts";

interface Rows {
  matching: number;
  columns: { name: string; type: string }[];
}

/** Rows are chosen by conditions, downloaded as they are shown, and drawn by the classes of a column. */
export default async function rows({ page, tab, url, api, axe, picture }: Tools): Promise<void> {
  const file = "/datasets/first.csv";
  const { columns } = (await api("GET", `${file}/rows?limit=1`)) as Rows;
  const [first, second] = columns.filter(({ type }) => type === "Double").map(({ name }) => name);
  assert.ok(first && second);
  await page.goto(`${url}/studio${file}`);
  await page.getByText("rows,").first().waitFor();
  await page.getByRole("button", { name: first }).first().click();
  await page.getByRole("button", { name: "Filter rows" }).click();
  const form = page.getByRole("form", { name: "New condition" });
  assert.equal(await form.getByLabel("Column").inputValue(), first);
  await form.getByLabel("Value").fill("15");
  await form.getByRole("button", { name: "Add" }).click();
  const where = JSON.stringify([{ column: first, is: ">=", value: "15" }]);
  const { matching } = (await api("GET", `${file}/rows?limit=1&where=${encodeURIComponent(where)}`)) as Rows;
  await page.getByText(`of ${matching} chosen of`).waitFor();

  // The file has what is shown.
  await page.getByRole("button", { name: "Download these rows" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "CSV" }).click()]);
  assert.equal(readFileSync(await download.path(), "utf8").trim().split("\n").length, matching + 1);
  assert.equal(download.suggestedFilename(), "first-csv.csv");

  // A value that is none of the column's is said in the app's words, and the page goes on.
  await form.getByLabel("Value").fill("large");
  await form.getByLabel("Comparison").selectOption("<");
  await form.getByRole("button", { name: "Add" }).click();
  await page.getByText("it takes a number").first().waitFor();
  await page.getByRole("button", { name: `Take away: ${first} is below large` }).click();

  await page.getByLabel("Colour by classes of").selectOption("diagnosis");
  await page.getByRole("img", { name: `Histogram of ${first} by diagnosis` }).waitFor();
  await page.getByLabel("Against").selectOption(second);
  await page.getByRole("img", { name: `${second} against ${first}` }).waitFor();
  await page.setViewportSize({ width: 1280, height: 1080 });
  await axe();
  await picture("dataset-rows");

  const phone = await tab({ width: 360, theme: "dark" });
  await phone.goto(page.url());
  await phone.getByRole("button", { name: "Filter rows" }).click();
  await phone.getByRole("form", { name: "New condition" }).waitFor();
  await axe(phone);
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the dataset is wider than a phone");
}

/** What the app refuses: a text compared with numbers. */
export const refusals = ["status of 400"];
