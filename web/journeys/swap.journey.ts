import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** Add an endpoint, give it another version after a look at both on rows held back, and roll back. */
export default async function swap({ page, axe, picture }: Tools): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.getByRole("heading", { name: "Web services" }).waitFor();
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).waitFor();
  await axe();
  await picture("services");
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByLabel("Name").fill("No Capitals");
  await page.getByText("'No Capitals' was typed").waitFor();
  await page.getByLabel("Name").fill("tacoma");
  await page.getByLabel("Description").fill("<b>Tacoma</b>'s own model");
  await page.getByRole("button", { name: "Add tacoma" }).click();
  await page.getByRole("heading", { name: "tacoma" }).waitFor();
  await page.getByText("Started with version 1").waitFor();
  await axe();

  await page.getByRole("button", { name: "Update resource" }).click();
  await page.getByRole("radio", { name: /Version 2/ }).check();
  await page.getByLabel("Rows", { exact: true }).selectOption("held-back.csv");
  await page.getByRole("rowheader", { name: "AUC" }).waitFor();
  await page.getByText(/rows? \(.* get another label|No row gets another label/).waitFor();
  await page.getByLabel("Why, goes into the history").fill("Better on the rows held back");
  await axe();
  await picture("endpoint-update");
  await page.getByRole("button", { name: "Swap to version 2" }).click();
  await page.getByText("Version 2 took over from 1").waitFor();
  await page.getByText("Better on the rows held back").first().waitFor();
  await page.setViewportSize({ width: 1200, height: 610 });
  await picture("endpoint");

  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Rolled back to version 1").waitFor();
  await page.getByText("undone", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Show Primary key" }).click();
  const key = page.getByLabel("Primary key", { exact: true });
  await page.waitForFunction(() => !document.querySelector("input.mono")?.getAttribute("value")?.includes("•"));
  const shown = await key.inputValue();
  assert.ok(shown.length > 40, shown);
  await page.getByRole("button", { name: "Make a new Primary key" }).click();
  await page.getByRole("button", { name: "Make a new one" }).click();
  await page.getByRole("button", { name: "Show Primary key" }).click();
  await page.waitForFunction((old) => {
    const value = document.querySelector("input.mono")?.getAttribute("value");
    return value !== old && !value?.includes("•");
  }, shown);

  await page.getByRole("button", { name: "More for tacoma" }).click();
  await page.getByRole("menuitem", { name: "Delete tacoma" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete tacoma" }).click();
  await page.getByRole("heading", { name: "Tumours [predictive exp.]" }).waitFor();
  await page.getByRole("link", { name: "seattle" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "tacoma" }).count(), 0);
}
