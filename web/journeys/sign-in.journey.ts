import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** A token that is no good. */
export const refusals = ["status of 401"];

/** A link signs in and leaves no token behind; a token that is refused says so; the form signs in as well. */
export default async function signIn({ page, url, workspace, token, axe, picture }: Tools): Promise<void> {
  assert.equal(new URL(page.url()).hash, "");
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Perennial Studio" }).waitFor();
  await axe();
  await picture("sign-in");
  await page.goto(`${url}/studio/services#workspace=${workspace}&token=wrong`);
  await page.getByText("This link no longer signs in.").waitFor();
  await page.getByLabel("Workspace").fill(workspace);
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("No workspace has this id and token").waitFor();
  assert.equal(await page.getByLabel("Workspace").inputValue(), workspace);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Web services" }).waitFor();
}
