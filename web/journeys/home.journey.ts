import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** Home says how things stand; Ctrl K finds a service; ? shows the keys; axe finds nothing in either theme. */
export default async function home({ page, axe, picture }: Tools): Promise<void> {
  await page.getByText(/\d endpoints\. Nothing runs/).waitFor();
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await axe();
  }
  await picture("home");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find or do" }).fill("tumours pred");
  await page.getByRole("option", { name: /Tumours \[predictive exp/ }).waitFor();
  await axe();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Tumours [predictive exp.]" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.goto(new URL("/studio/nowhere", page.url()).href);
  await page.getByRole("heading", { name: "Nothing is here" }).waitFor();
}
