import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Tools } from "./tools.ts";

const ROWS = "age,city\n30,Oslo\n41,Rome\n";
const HOSTILE = "<b>'rows'</b>";

/** Drop files on the page as from a folder. */
async function dropFiles(page: Page, files: Record<string, string>): Promise<void> {
  const transfer = await page.evaluateHandle((given) => {
    const data = new DataTransfer();
    for (const [name, text] of Object.entries(given)) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent("[aria-label='Files to upload']", "drop", { dataTransfer: transfer });
}

/** A bad name, a name that is taken, and an upload that breaks off. */
export const refusals = ["status of 400", "status of 409", "net::ERR_FAILED"];

/** Files are dropped, cut off, gone on with, made the next version; then a model with its versions, its file in and out. */
export default async function datasets({ page, tab, api, axe, picture }: Tools): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.getByRole("heading", { name: "Datasets" }).waitFor();
  await dropFiles(page, { "people.csv": ROWS, "rows.parquet": "PAR1", [`${HOSTILE}.csv`]: ROWS });
  const uploads = page.getByRole("region", { name: "Uploads" });
  await uploads.getByRole("link", { name: "people.csv" }).waitFor();
  await uploads.getByText("'rows.parquet' is of no kind that is uploaded here").waitFor();
  await uploads.getByText("must be a plain file name").waitFor();
  await uploads.getByLabel("Another name").fill("named anew.csv");
  await uploads.getByRole("button", { name: "Upload under this name" }).click();
  await uploads.getByRole("link", { name: "named anew.csv" }).waitFor();

  // The name is taken: the file that has arrived becomes the next version.
  await dropFiles(page, { "people.csv": `${ROWS}52,Bern\n` });
  await uploads.getByText("The workspace already has a dataset 'people.csv'.").waitFor();
  await axe();
  await picture("datasets");
  await uploads.getByRole("button", { name: "Make it the next version" }).click();
  await uploads.getByText("Name taken").waitFor({ state: "detached" });

  // The app stops answering while a file is sent, and goes on by itself when it answers again.
  await page.route("**/blobuploads/**", (route) => route.abort());
  await dropFiles(page, { "late.csv": ROWS });
  await uploads.getByText("The app does not answer; goes on by itself").waitFor();
  await page.unroute("**/blobuploads/**");
  await uploads.getByRole("link", { name: "late.csv" }).waitFor({ timeout: 30_000 });

  await page.getByRole("button", { name: "More for late.csv" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete dataset" }).click();
  await page.getByRole("button", { name: "More for late.csv" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Samples" }).click();
  await page.getByRole("link", { name: "Download Iris Data" }).waitFor();
  await axe();
  await page.getByRole("link", { name: "Of this workspace" }).click();
  await page.getByRole("group", { name: "Datasets" }).getByRole("link", { name: "people.csv" }).click();
  await page.getByText("3 rows, 2 columns").waitFor();

  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.getByRole("heading", { name: "Models" }).waitFor();
  await page.getByText("Two-Class Boosted Decision Tree").waitFor();
  await axe();
  await picture("models");
  await page.getByRole("link", { name: "Tumours [trained model]" }).click();
  await page.getByText("Two classes of diagnosis").waitFor();
  await axe();
  await picture("model");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  await page.getByRole("link", { name: "Version 1" }).click();
  await page.getByRole("heading", { name: "Version 1" }).waitFor();
  await page.getByRole("link", { name: "Compare with 1" }).first().click();
  await page.getByRole("heading", { name: "Tumours [trained model], version 1" }).waitFor();
  await page.goBack();

  // The file of a version is imported under another name.
  await page.goto(new URL("/studio/models", page.url()).href);
  await page.getByRole("button", { name: "Import a model" }).click();
  await page.getByRole("dialog").getByLabel("A model file").last().setInputFiles(await download.path());
  await page.getByLabel("Name").fill("Copied");
  await page.getByRole("button", { name: "Import it" }).click();
  await page.getByRole("heading", { name: "Copied" }).waitFor();
  await page.getByText("1 version, the latest of").waitFor();
  assert.equal(((await api("GET", "/models/Copied")) as unknown[]).length, 1);

  const phone = await tab({ width: 360, theme: "dark" });
  for (const path of ["datasets", "models", "policies", "triggers"]) {
    await phone.goto(new URL(`/studio/${path}`, page.url()).href);
    await phone.getByRole("heading", { level: 1 }).waitFor();
    await axe(phone);
    assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is wider than a phone`);
  }
}
