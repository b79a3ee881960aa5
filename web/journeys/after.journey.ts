import assert from "node:assert/strict";
import type { App, Tools } from "./tools.ts";

const ENDPOINT = "portland";
const LABEL = "diagnosis";
const ROWS = 60;
const REQUESTS = 6;

interface Table {
  columns: { name: string }[];
  values: (string | number | null)[][];
}

/** An endpoint of its own, so that other journeys find the tutorial's as they were; with the later model. */
async function addEndpoint({ api }: App): Promise<string> {
  const services = (await api("GET", "/webservices")) as { Id: string; Name: string }[];
  const service = services.find(({ Name }) => Name.includes("predictive"));
  assert.ok(service, "the app has no predictive service");
  const path = `/webservices/${service.Id}/endpoints/${ENDPOINT}`;
  await api("PUT", path, { Description: "Portland's own model" });
  const [resource] = ((await api("GET", path)) as { Resources: { Name: string }[] }).Resources;
  const versions = (await api("GET", `/models/${encodeURIComponent(resource?.Name ?? "")}`)) as { Version: number; Location: object }[];
  await api("PATCH", path, { Resources: [{ Name: resource?.Name, Location: versions.find(({ Version }) => Version === 2)?.Location }] });
  return path;
}

/** Score rows that were held back as callers do, and return the file of truths by their ids. */
async function scoreRows({ api, url }: App, path: string): Promise<string> {
  const { columns, values } = (await api("GET", `/datasets/held-back.csv/rows?limit=${ROWS}`)) as Table;
  const names = columns.map(({ name }) => name);
  const label = names.indexOf(LABEL);
  assert.ok(label >= 0, `held-back.csv has no column ${LABEL}, but ${names.slice(-2).join(", ")}`);
  const endpoint = (await api("GET", path)) as { ApiLocation: string; PrimaryKey: string };
  const truths = ["id,value"];
  const size = ROWS / REQUESTS;
  for (let request = 0; request < REQUESTS; request++) {
    const rows = values.slice(request * size, (request + 1) * size);
    const response = await fetch(new URL(`${new URL(endpoint.ApiLocation).pathname}/execute?api-version=2.0`, url), {
      method: "POST",
      headers: { authorization: `Bearer ${endpoint.PrimaryKey}`, "content-type": "application/json", "x-ms-client-request-id": `visit-${request}` },
      body: JSON.stringify({ Inputs: { input1: { ColumnNames: names, Values: rows } }, GlobalParameters: {} }),
    });
    assert.equal(response.status, 200, await response.text());
    rows.forEach((row, place) => truths.push(`visit-${request}/${place},${row[label]}`));
  }
  return `${truths.join("\n")}\n`;
}

/** Rows reach the log two seconds after they were scored. */
async function logged({ api }: App, path: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const { Rows } = (await api("GET", `${path}/log?columns=id`)) as { Rows: unknown[] };
    if (Rows.length === ROWS) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`The log does not have ${ROWS} rows after ten seconds.`);
}

/** The log on, rows with their truths and metrics, a candidate at 10 %, a plan begun and taken back, promoted; event and audit. */
export default async function after(tools: Tools): Promise<void> {
  const { page, api, url, tick, axe, picture } = tools;
  const path = await addEndpoint(tools);
  const at = `${url}/studio${path.replace("/webservices", "/services")}`;
  await page.goto(`${at}/log`);
  await page.getByRole("button", { name: "Switch the log on" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("What to keep of mean texture").selectOption("hash");
  await sheet.getByRole("button", { name: "Switch the log on" }).click();
  await page.getByText("All rows are kept for 90 days; mean texture is hashed.").waitFor();

  const truths = await scoreRows(tools, path);
  await page.setInputFiles("input[type=file]", { name: "truths.csv", mimeType: "text/csv", buffer: Buffer.from(truths) });
  await page.getByText(`${ROWS} truths of truths.csv were kept`).waitFor();
  await logged(tools, path);
  await tick();
  await page.reload();
  await page.getByText(`${ROWS} of ${ROWS} rows in 30 days with a truth`).waitFor();
  await page.getByRole("cell", { name: "AUC" }).waitFor();
  await page.getByText(/, right$/).first().waitFor();
  await page.setViewportSize({ width: 1200, height: 900 });
  await picture("endpoint-log");
  await axe();
  await page.getByRole("button", { name: "visit-5/9" }).click();
  await page.getByRole("heading", { name: "Row visit-5/9" }).waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Traffic" }).click();
  await page.getByRole("button", { name: "Add a candidate" }).click();
  await page.getByRole("radio", { name: /Version 1/ }).check();
  await page.getByLabel("Why").fill("The first model again");
  await page.getByRole("button", { name: "Add candidate" }).click();
  await page.getByText("candidate answers 10 % of the rows.").waitFor();
  const slider = page.getByRole("slider", { name: "Share of candidate in percent" });
  await slider.focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("slider", { name: "Share of current in percent" }).inputValue(), "85");
  await page.getByRole("button", { name: "Set shares" }).click();
  await page.getByText("candidate answers 15 % of the rows.").waitFor();
  // Without the toasts that offer to undo it.
  await page.setViewportSize({ width: 1200, height: 650 });
  await page.reload();
  await page.getByText("Nobody there.").waitFor();
  await picture("endpoint-traffic");
  await page.getByRole("button", { name: "More for candidate" }).click();
  await page.getByRole("menuitem", { name: "Make candidate the current models" }).click();
  await page.getByText("One model answers all rows.").waitFor();

  await page.getByRole("button", { name: "Start a plan" }).click();
  await page.getByRole("radio", { name: /Version 2/ }).check();
  await page.getByRole("button", { name: "Start the plan" }).click();
  await page.getByText("Step 1 of 3: candidate answers 5 % of the rows.").waitFor();
  await page.reload();
  await page.getByText("in this step").waitFor();
  await page.getByText("Nobody there.").waitFor();
  await picture("endpoint-promotion");
  await axe();
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take candidate back" }).click();
  await page.getByText(/^Stopped in step 1/).waitFor();

  await page.keyboard.press("g");
  await page.keyboard.press("v");
  await page.getByRole("heading", { name: "Events" }).waitFor();
  await page.getByLabel("Kind of event").selectOption({ label: "Models changed" });
  await page.getByText("version 1 took over").first().waitFor();
  await page.getByLabel("Kind of event").selectOption("");
  await page.getByText("Promotion step").last().waitFor();
  await picture("events");
  await axe();
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("searchbox", { name: "Search" }).fill("traffic");
  await page.getByRole("rowheader", { name: /^Set traffic/ }).first().waitFor();
  await page.getByText("Upload dataset").first().waitFor({ state: "detached" });
  await picture("audit");
  await axe();
  await api("DELETE", path);
}
