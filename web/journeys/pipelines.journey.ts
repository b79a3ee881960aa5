import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

const DOCUMENT = {
  name: "Nightly",
  properties: {
    parameters: { blob: { type: "String", defaultValue: "none.csv" } },
    activities: [
      {
        name: "Retrain",
        type: "AzureMLBatchExecution",
        linkedServiceName: { referenceName: "Training", type: "LinkedServiceReference" },
        typeProperties: { webServiceInputs: { input1: { linkedServiceName: { referenceName: "Files", type: "LinkedServiceReference" }, filePath: "@pipeline().parameters.blob" } } },
      },
      {
        name: "Swap",
        type: "AzureMLUpdateResource",
        dependsOn: [{ activity: "Retrain", dependencyConditions: ["Succeeded"] }],
        linkedServiceName: { referenceName: "Training", type: "LinkedServiceReference" },
        typeProperties: { trainedModelName: "Tumours [trained model]", trainedModelLinkedServiceName: { referenceName: "Files", type: "LinkedServiceReference" }, trainedModelFilePath: "m.ilearner" },
      },
    ],
  },
};

/** A document with a mistake is saved. */
export const refusals = ["status of 400"];

/** A pipeline is pasted, mended after the app refused it, run with a parameter, and says which activity failed and why. */
export default async function pipelines({ page, url, api, axe, picture }: Tools): Promise<void> {
  const services = (await api("GET", "/webservices")) as { Id: string; Kind: string }[];
  const training = services.find(({ Kind }) => Kind === "training");
  const endpoint = (await api("GET", `/webservices/${training?.Id ?? ""}/endpoints/default`)) as { ApiLocation: string; PrimaryKey: string };
  const typeProperties = { mlEndpoint: `${endpoint.ApiLocation}/jobs`, apiKey: endpoint.PrimaryKey, updateResourceEndpoint: `${url}/workspaces/x/webservices/y/endpoints/z` };
  await api("PUT", "/linkedservices/Training", { name: "Training", properties: { type: "AzureML", typeProperties } });
  await api("PUT", "/linkedservices/Files", { name: "Files", properties: { type: "AzureBlobStorage", typeProperties: { connectionString: "AccountName=none" } } });

  await page.goto(`${url}/studio/pipelines`);
  await page.getByText("No pipelines yet").waitFor();
  await axe();
  await page.getByRole("button", { name: "New pipeline" }).click();
  const text = page.getByLabel("Document");
  await text.fill("{");
  await page.getByText(/This is no JSON yet/).waitFor();
  await text.fill(JSON.stringify({ ...DOCUMENT, properties: { activities: [{ name: "Copy", type: "Copy" }] } }));
  await page.getByRole("button", { name: "Save pipeline" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await text.inputValue(), /"Copy"/);
  await text.fill(JSON.stringify(DOCUMENT));
  await page.getByRole("button", { name: "Save pipeline" }).click();
  await page.getByRole("heading", { name: "Nightly", level: 1 }).waitFor();
  await axe();

  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByLabel("blob").fill("training/later.csv");
  await page.locator("dialog").getByRole("button", { name: "Run now" }).click();
  await page.getByRole("heading", { name: /^Nightly .+/ }).waitFor();
  await page.getByText("training/later.csv", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Run from the failure" }).waitFor();
  await page.getByRole("row", { name: /Retrain.*Failed.*ConnectionString/ }).waitFor();
  await page.getByRole("row", { name: /Swap.*Skipped/ }).waitFor();
  await picture("pipeline-run");
  await axe();
}
