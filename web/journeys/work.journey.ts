/** Home: a run and a job that take long are cancelled where they are shown, and a failed one is put aside and brought back. */

import type { Tools } from "./tools.ts";

const NAME = "Takes long";
const rows = (word: (row: number) => string) => ["age,bought", ...Array.from({ length: 4000 }, (_, row) => `${row},${word(row)}`)].join("\n");
const document = (data: string, learner: object) => ({
  modules: {
    Data: { module: "Enter Data Manually", properties: { Data: data } },
    Learner: learner,
    Train: { module: "Train Model", properties: { "Label column": "bought" } },
  },
  connections: [
    { from: ["Data", "dataset"], to: ["Train", "Dataset"] },
    { from: ["Learner", "Untrained model"], to: ["Train", "Untrained model"] },
  ],
  webServiceOutputs: [{ name: "output1", from: ["Train", "Trained model"] }],
});
const SLOW = {
  ...document(rows((row) => (row % 3 ? "yes" : "no")), { module: "Two-Class Neural Network" }),
  webServiceParameters: [{ name: "Rounds", module: "Learner", property: "Number of learning iterations", default: 1 }],
};
const FAILING = document(rows(() => "yes"), { module: "Two-Class Logistic Regression" });

interface Run {
  Status: { StatusCode: string };
}

export default async function work({ page, url, workspace, api }: Tools): Promise<void> {
  const ended = async (name: string, run: string): Promise<string> => {
    for (;;) {
      const { StatusCode } = ((await api("GET", `/experiments/${encodeURIComponent(name)}/runs/${run}`)) as Run).Status;
      if (/Finished|Failed|Cancelled/.test(StatusCode)) return StatusCode;
      await page.waitForTimeout(200);
    }
  };
  const start = async (name: string, body: object): Promise<string> =>
    ((await api("POST", `/experiments/${encodeURIComponent(name)}/run`, body)) as { RunId: string }).RunId;
  await api("PUT", `/experiments/${encodeURIComponent(NAME)}`, SLOW);
  await api("PUT", "/experiments/One%20word", FAILING);
  await ended(NAME, await start(NAME, {}));
  const service = (await api("POST", `/experiments/${encodeURIComponent(NAME)}/webservice?kind=training`)) as { WebServiceGroupId: string; EndpointId: string };
  const failed = await start("One word", {});
  await ended("One word", failed);

  await page.goto(`${url}/studio/`);
  await page.getByRole("button", { name: "Dismiss One word" }).click();
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Dismiss One word" }).click();
  await page.getByRole("button", { name: "Dismiss One word" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("Running now").waitFor();

  await start(NAME, { GlobalParameters: { Rounds: 10_000 } });
  // Idle, Home asks each quarter of a minute.
  await page.reload();
  await page.getByRole("button", { name: `Cancel ${NAME}` }).click();
  await page.getByRole("button", { name: `Cancel ${NAME}` }).waitFor({ state: "detached" });

  const key = ((await api("GET", `/webservices/${service.WebServiceGroupId}/endpoints/default`)) as { PrimaryKey: string }).PrimaryKey;
  const jobs = `${url}/workspaces/${workspace}/services/${service.EndpointId}/jobs`;
  const send = (address: string, body: string) =>
    fetch(`${address}?api-version=2.0`, { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body });
  const job = (await (await send(jobs, JSON.stringify({ Outputs: {}, GlobalParameters: { Rounds: "10000" } }))).json()) as string;
  await send(`${jobs}/${job}/start`, "");
  await page.reload();
  const button = page.getByRole("button", { name: /^Cancel / });
  await button.click();
  await button.waitFor({ state: "detached" });
  await page.getByText("cancelled", { exact: true }).first().waitFor();
}
