/** What is known of a model, in words. */

import { figure, fileSize } from "../../charts/figures";
import type { components } from "../../api/schema";

type Schemas = components["schemas"];
export type Model = Schemas["Model"];
export type ModelVersion = Schemas["ModelVersion"];
export type ModelVersionDetails = Schemas["ModelVersionDetails"];

export const MODELS = "/workspaces/{workspace}/models";
export const VERSIONS = `${MODELS}/{model}`;
export const VERSION = `${VERSIONS}/versions/{version}`;

/** The page of a model, of one of its versions if it is given. */
export function modelPath(name: string, version?: number): string {
  return `/models/${encodeURIComponent(name)}${version === undefined ? "" : `?version=${version}`}`;
}

/** The evaluation of a version, beside that of another one if it is given. */
export function evaluationPath(name: string, version: number, against?: number): string {
  const query = against === undefined ? "" : `?against=${encodeURIComponent(`model/${encodeURIComponent(name)}/${against}`)}`;
  return `/models/${encodeURIComponent(name)}/versions/${version}/evaluation${query}`;
}

type Facts = Record<string, unknown>;

const whole = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? figure(value, 12) : undefined);

/** What a model is made of: "100 trees, 1,258 leaves, depth 12". */
export function summaryWords(summary: Facts | null | undefined): string {
  const { kind, trees, leaves, depth, weights, zero, parameters, layers, epochs } = summary ?? {};
  const parts: (string | undefined | false)[] = [];
  if (kind === "trees") parts.push(`${whole(trees)} ${trees === 1 ? "tree" : "trees"}`, whole(leaves) && `${whole(leaves)} leaves`, whole(depth) && `depth ${whole(depth)}`);
  else if (kind === "linear") parts.push(`${whole(weights)} weights`, typeof zero === "number" && zero > 0 && `${whole(zero)} of them zero`);
  else if (kind === "network")
    parts.push(Array.isArray(layers) && `${layers.length} ${layers.length === 1 ? "layer" : "layers"}`, whole(parameters) && `${whole(parameters)} parameters`, whole(epochs) && `${whole(epochs)} epochs`);
  return parts.filter((part) => part && !part.startsWith("undefined")).join(", ");
}

/** Where a version comes from. */
export function originWords({ JobId, Lineage }: Pick<ModelVersion, "JobId" | "Lineage">): string {
  const { experiment, version, imported, challenge, why, trainedWith } = Lineage as Facts;
  if (typeof experiment === "string") return version === undefined ? `a run of ${experiment}` : `${experiment}, version ${String(version)}`;
  if (challenge !== undefined) return typeof why === "string" && why ? `a challenge: ${why}` : "a challenge";
  if (imported || trainedWith !== undefined) return "a file";
  return JobId ? `job ${JobId.slice(0, 8)}` : "–";
}

/** The rows it was trained on, if its file says so. */
export function rowsOf({ Lineage }: Pick<ModelVersion, "Lineage">): number | undefined {
  const rows = (Lineage as Facts).trainingRows;
  return typeof rows === "number" ? rows : undefined;
}

/** What the training warned of. */
export function warningsOf({ Lineage }: Pick<ModelVersion, "Lineage">): string[] {
  const { warnings } = Lineage as Facts;
  return Array.isArray(warnings) ? warnings.filter((text): text is string => typeof text === "string") : [];
}

const TASKS: Record<string, string> = {
  "two-class": "Two classes",
  multiclass: "Several classes",
  regression: "A number",
  "quantile-regression": "Quantiles of a number",
  "anomaly-detection": "Anomalies",
  clustering: "Clusters",
};

/** What a model predicts. */
export function taskWords(task: string): string {
  return TASKS[task] ?? task;
}

/** The facts of a version as names and texts, without those that are unknown. */
export function factsOf(found: ModelVersionDetails): [name: string, text: string][] {
  const { libraries } = found.Lineage as { libraries?: Record<string, unknown> };
  const labels = found.Labels.slice(0, 12).join(", ") + (found.Labels.length > 12 ? ` and ${found.Labels.length - 12} more` : "");
  const facts: [string, string | undefined][] = [
    ["Predicts", [taskWords(found.Task), found.Label && `of ${found.Label}`].filter(Boolean).join(" ")],
    ["Labels", labels],
    ["Learner", found.Learner],
    ["Made of", summaryWords(found.Summary)],
    ["Training rows", whole(rowsOf(found))],
    ["Columns", whole(found.Inputs.length)],
    ["From", originWords(found)],
    ["Scored by", found.RuntimeReason ? `${found.Runtime}: ${found.RuntimeReason}` : found.Runtime],
    ["File", fileSize(found.Size)],
    ["Libraries", Object.entries(libraries ?? {}).map(([name, version]) => `${name} ${String(version)}`).join(", ")],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

/** How many endpoints use a model, and which version most of them: "at 3 endpoints". */
export function usedWords(uses: readonly { Version: number }[], latest: number): string {
  if (uses.length === 0) return "not in use";
  const at = `${uses.length.toLocaleString("en")} ${uses.length === 1 ? "endpoint" : "endpoints"}`;
  const current = uses.filter(({ Version }) => Version === latest).length;
  return current === uses.length ? at : `${at}, ${current === 0 ? "none" : current.toLocaleString("en")} with the latest`;
}
