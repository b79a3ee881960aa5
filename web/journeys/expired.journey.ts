/** The app stops taking the token while somebody works: nothing typed is lost, and work goes on with another token. */

import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** The token that is no longer good. */
export const refusals = ["status of 401"];

const NAME = "Half drawn";

export default async function expired({ page, url, workspace, token, api, axe, picture }: Tools): Promise<void> {
  await page.goto(`${url}/studio/experiments/${encodeURIComponent(NAME)}`);
  await page.getByText("An empty canvas").waitFor();
  // As if the token had been made anew: the app hears another one from here on.
  let refused = false;
  const lastDigit = token.endsWith("A==") ? "B==" : "A==";
  await page.route("**/*", (route) => {
    const headers = route.request().headers();
    const isOld = headers["authorization"] === `Bearer ${token}`;
    return route.continue(refused && isOld ? { headers: { ...headers, authorization: `Bearer ${token.slice(0, -3)}${lastDigit}` } } : undefined);
  });
  refused = true;
  await page.getByLabel("Search modules").fill("Enter Data Manually");
  await page.keyboard.press("Enter");
  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.waitFor();
  await again.getByText("What you typed is kept").waitFor();
  await axe();
  await picture("sign-in-again");
  await page.keyboard.press("Escape");
  await again.waitFor();
  assert.equal(await again.getByLabel("Workspace").inputValue(), workspace);
  await again.getByLabel("Token").fill("wrong");
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.getByText("No workspace has this id and token").waitFor();
  refused = false;
  await again.getByLabel("Token").fill(token);
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.waitFor({ state: "detached" });
  await page.locator('[data-id="m:Enter Data Manually"]').waitFor();
  await page.locator(".dt").filter({ hasText: "Saved" }).waitFor();
  const draft = (await api("GET", `/experiments/${encodeURIComponent(NAME)}/draft`)) as { document: { modules: object } };
  assert.deepEqual(Object.keys(draft.document.modules), ["Enter Data Manually"]);

  // A field in a sheet, and the click that met the refusal: it is done once one has signed in.
  await page.goto(`${url}/studio/services`);
  await page.getByRole("link", { name: "Tumours [predictive exp.]" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByLabel("Name").fill("olympia");
  refused = true;
  await page.getByRole("button", { name: "Add olympia" }).click();
  await again.waitFor();
  refused = false;
  await again.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "olympia" }).waitFor();
  await api("DELETE", `/experiments/${encodeURIComponent(NAME)}/draft`);
}
