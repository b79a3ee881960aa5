/** The app that journeys use: started once on free ports with storage of its own, and filled by the tutorial. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "./tools.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const BIN = join(ROOT, ".venv", "bin");
const START_MS = 90_000;

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((done) => { const server = createServer().listen(0, "127.0.0.1", () => done(server)); })),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** What the app's timer does once a minute, in a process of its own, at once. */
const TICK = `
from functions.http.app import current_app
from functions.http.requests import now
from studio.automation.dispatch import start_due_work
from studio.monitoring.metrics import compute_stale_metrics
storage = current_app().storage
compute_stale_metrics(storage, now=now())
start_due_work(storage, now=now())
`;

function tickOf(folder: string, storage: string): () => Promise<void> {
  return () =>
    new Promise((done, fail) => {
      const settings = JSON.parse(readFileSync(join(folder, "local.settings.json"), "utf8")) as { Values: Record<string, string> };
      const env = { ...process.env, ...settings.Values, AzureWebJobsStorage: storage };
      const child = spawn(join(BIN, "python"), ["-c", TICK], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (text: Buffer) => (said += String(text)));
      child.once("exit", (code) => (code === 0 ? done() : fail(new Error(`The tick ended with ${code}:\n${said}`))));
    });
}

function appFrom(line: string, tick: App["tick"]): App {
  const link = line.trim();
  const url = new URL(link);
  const fields = new URLSearchParams(url.hash.slice(1));
  const [workspace, token] = [fields.get("workspace") ?? "", fields.get("token") ?? ""];
  const api: App["api"] = async (method, path, body) => {
    const response = await fetch(`${url.origin}/workspaces/${workspace}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text ? JSON.parse(text) : undefined;
  };
  return { url: url.origin, workspace, token, link, api, tick };
}

/** Start the app; `stop` ends it and removes its storage. */
export async function startApp(): Promise<{ app: App; folder: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "journeys-"));
  const [port, ...storage] = await freePorts(4);
  const child = spawn(join(BIN, "python"), ["-m", "devhost", "serve", "--port", String(port), "--folder", folder, "--storage-ports", storage.join()], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => stopChild(child, folder);
  try {
    const { link, storage: account } = await readyLines(child);
    return { app: appFrom(link, tickOf(folder, account)), folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the app prints when it is ready: the link that signs in, and how its storage is reached. */
function readyLines(child: ChildProcess): Promise<{ link: string; storage: string }> {
  return new Promise((done, fail) => {
    let said = "";
    const timer = setTimeout(() => fail(new Error(`The app did not start:\n${said}`)), START_MS);
    const hear = (text: Buffer) => {
      said += String(text);
      const link = /https?:\S+\/studio\/#\S+(?=\s)/.exec(said)?.[0];
      const storage = /DefaultEndpointsProtocol=\S+(?=\s)/.exec(said)?.[0];
      if (link && storage) {
        clearTimeout(timer);
        done({ link, storage });
      }
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => fail(new Error(`The app ended with ${code}:\n${said}`)));
  });
}

async function stopChild(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill("SIGTERM");
    await new Promise((done) => child.once("exit", done));
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Do the tutorial's steps with the command line: a service with two endpoints, one of which was retrained. */
export function fillApp(app: App, folder: string): void {
  const environment = { ...process.env, PERENNIAL_URL: app.url, PERENNIAL_WORKSPACE: app.workspace, PERENNIAL_TOKEN: app.token };
  const run = (program: string, words: string[], cwd: string) => {
    const done = spawnSync(join(BIN, program), words, { cwd, env: environment, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${program} ${words.join(" ")}:\n${done.stdout}${done.stderr}`);
  };
  run("python", ["-m", "examples.retraining", join(folder, "tutorial")], ROOT);
  const service = "Tumours [predictive exp.]";
  const steps: string[][] = [
    ["dataset", "upload", "first.csv"],
    ["dataset", "upload", "later.csv"],
    ["dataset", "upload", "held-back.csv"],
    ["experiment", "put", "Tumours", "experiment.json"],
    ["experiment", "run", "Tumours"],
    ["experiment", "publish", "Tumours", "--kind", "training"],
    ["experiment", "publish", "Tumours"],
    ["endpoint", "add", service, "seattle", "--description", "Seattle's own model"],
    ["retrain", "Tumours [training exp.]", "later.csv", "--service", service, "--endpoint", "seattle", "--yes", "--held-back", "held-back.csv"],
  ];
  for (const step of steps) run("perennial", step, join(folder, "tutorial"));
}
