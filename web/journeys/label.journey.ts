import assert from "node:assert/strict";
import type { Tools } from "./tools.ts";

const FILE = "to-label.csv";

/** Two people label at once. */
export const refusals = ["status of 412"];

/** Ten rows are labelled by keys, one is taken back; another person's labels are neither lost nor overwritten. */
export default async function label({ page, url, workspace, token, api, axe, picture }: Tools): Promise<void> {
  const rows = Array.from({ length: 20 }, (_, row) => `${row},word ${row},${row % 4 === 0 ? "good" : row % 4 === 1 ? "bad" : ""}`);
  await upload(api, FILE, `id,text,verdict\n${rows.join("\n")}\n`);

  await page.goto(`${url}/studio/datasets/${FILE}/label`);
  await page.getByLabel("Column").selectOption("verdict");
  assert.equal(await page.getByLabel("Classes").inputValue(), "bad, good");
  await page.getByRole("button", { name: "Label rows" }).click();
  await page.getByRole("heading", { name: "Row 3" }).waitFor();
  for (const key of ["1", "2", "1", "2", "1", "2", "1", "2", "1", "2"]) await page.keyboard.press(key);
  await page.keyboard.press("z");
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "Write 10 labels" }).waitFor();

  // Somebody else labels row 3 meanwhile, otherwise than here.
  const { etag } = (await api("GET", `/datasets/${FILE}/rows?limit=1`)) as { etag: string };
  const other = await fetch(`${url}/workspaces/${workspace}/datasets/${FILE}/labels`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "if-match": etag },
    body: JSON.stringify({ Column: "verdict", Labels: { "2": "good" } }),
  });
  assert.equal(other.status, 200);
  await page.keyboard.press("Control+s");
  await page.getByText("Your 10 labels are kept here.").waitFor();
  await picture("label");
  await axe();
  await page.getByRole("button", { name: "Read it anew and write them" }).click();
  await page.getByText(`9 labels are in ${FILE}.`).waitFor();
  const { values } = (await api("GET", `/datasets/${FILE}/rows`)) as { values: (string | null)[][] };
  assert.deepEqual(values.slice(2, 8).map((cells) => cells[2]), ["good", "good", "good", "bad", "bad", "good"]);

  await unsureFirst({ page, url, api });
}

/** A model in use says which of all rows without a label it is least sure of: the first to label. */
async function unsureFirst({ page, url, api }: Pick<Tools, "page" | "url" | "api">): Promise<void> {
  const file = "unsure.csv";
  const { columns, values } = (await api("GET", "/datasets/later.csv/rows?limit=1000")) as { columns: { name: string }[]; values: unknown[][] };
  const label = columns.findIndex(({ name }) => name === "diagnosis");
  const lines = values.map((cells, row) => cells.map((cell, place) => (place === label && row % 3 > 0 ? "" : (cell ?? ""))).join(","));
  await upload(api, file, `${columns.map(({ name }) => name).join(",")}\n${lines.join("\n")}\n`);
  await page.goto(`${url}/studio/datasets/${file}/label`);
  await page.getByLabel("Column").selectOption("diagnosis");
  await page.getByRole("button", { name: "Label rows" }).click();
  await page.getByRole("heading", { name: "Row 2", exact: true }).waitFor();
  await page.getByLabel("Order of the rows").selectOption({ label: "Unsure first: Tumours [predictive exp.]" });
  await page.getByText("that the model scored: the least sure ones").waitFor();

  // The row that is shown is one without a label, and the model is as unsure of it as it is of any.
  const heading = await page.getByRole("heading", { name: /^Row / }).innerText();
  const row = Number(heading.replace(/\D/g, "")) - 1;
  assert.ok(row % 3 > 0, `${heading} has a label`);
  await page.keyboard.press("1");
  await page.keyboard.press("Control+s");
  await page.getByText(`1 label is in ${file}.`).waitFor();
  const where = encodeURIComponent(JSON.stringify([{ column: "diagnosis", is: "missing" }]));
  const left = (await api("GET", `/datasets/${file}/rows?limit=1000&where=${where}`)) as { numbers: number[] };
  assert.ok(!left.numbers.includes(row));
}

async function upload(api: Tools["api"], name: string, body: string): Promise<void> {
  const { Upload } = (await api("POST", "/datasets", { Name: name })) as { Upload: Record<"BaseLocation" | "RelativeLocation" | "SasBlobToken", string> };
  const put = await fetch(new URL(Upload.RelativeLocation + Upload.SasBlobToken, Upload.BaseLocation), { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body });
  assert.ok(put.ok, `the upload answered ${put.status}`);
}
