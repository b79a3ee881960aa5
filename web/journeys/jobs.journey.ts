import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

/** A file is scored as a batch job; another job fails and says why; both and the tutorial's run are found in the list. */
export default async function jobs({ page, url, api, axe, picture }: Tools): Promise<void> {
  const found = (await api("GET", "/webservices")) as { Id: string; Kind: string; Name: string }[];
  const service = found.find(({ Kind }) => Kind === "predictive");
  assert.ok(service);
  const rows = async (name: string, text: string): Promise<void> => {
    await page.getByRole("button", { name: /New (batch job|job here)/ }).click();
    await page.getByLabel("Web service").selectOption(service.Id);
    await page.getByLabel("Endpoint").selectOption("seattle");
    await page.getByText(/^Drop a CSV/).waitFor();
    await page.getByText("input1 has no file yet.").waitFor();
    await page.locator("dialog input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.getByRole("button", { name: "Start job" }).click();
    await page.getByRole("heading", { name: /^Batch scoring/ }).waitFor();
  };
  const form = (await api("GET", `/webservices/${service.Id}/endpoints/seattle/form`)) as { Inputs: { Columns: { Name: string }[]; Typical: Record<string, unknown> }[] };
  const [input] = form.Inputs;
  assert.ok(input);
  const header = input.Columns.map(({ Name }) => Name).join(",");
  const cells = input.Columns.map(({ Name }) => input.Typical[Name] ?? "").join(",");

  await page.goto(`${url}/studio/jobs`);
  await rows("two.csv", `${header}\n${cells}\n${cells}\n`);
  await page.getByText("Finished").waitFor();
  const link = page.getByRole("link", { name: "Download output1" });
  const scored = await (await fetch((await link.getAttribute("href")) ?? "")).text();
  assert.equal(scored.trim().split("\n").length, 3);
  await axe();

  await rows("wrong.csv", "a,b\n1,2\n");
  await page.getByText(/The input lacks the columns .* It has 'a', 'b'\./).waitFor();

  await page.goto(`${url}/studio/jobs`);
  const ended = page.getByRole("table");
  await ended.getByText("2 rows").waitFor();
  await ended.getByText(/^The input lacks/).waitFor();
  await picture("jobs");
  await axe();
  await page.getByRole("button", { name: "Failed", exact: true }).click();
  await ended.getByText("2 rows").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Failed", exact: true }).click();
  await page.getByRole("link", { name: "Runs of experiments" }).click();
  await page.getByRole("row", { name: /Tumours.*modules/ }).first().getByRole("link", { name: /^Run / }).click();
  await page.getByRole("heading", { name: /^Run / }).waitFor();
  await page.getByRole("link", { name: "Evaluation of Evaluate" }).waitFor();
  await axe();
}
