/** Data Factory documents as `GET W/{kind}` returns them, and where they are. */

import { W } from "../services/shapes";
import type { ActivityDocument } from "./tree";

export const PIPELINES = `${W}/pipelines`;
export const PIPELINE = `${PIPELINES}/{name}`;

/** A parameter of a pipeline. */
interface Parameter {
  type?: string;
  defaultValue?: unknown;
}

export interface PipelineDocument {
  name: string;
  properties: { description?: string; parameters?: Record<string, Parameter>; activities?: ActivityDocument[] };
  updatedAt: string;
  /** Of version 1 only, which runs by its own schedule. */
  NextRun?: string | null;
}

/** The page of a pipeline. */
export function pipelinePath(name: string): string {
  return `/pipelines/${encodeURIComponent(name)}`;
}

const ADDED = ["updatedAt", "runtimeState", "NextRun", "LastRun", "LastRunId", "Skipped"];

/** The document as one edits it: without what the app adds when it shows it. */
export function editable(document: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(document).filter(([key]) => !ADDED.includes(key))), null, 2);
}

/** What a text says as a document; a sentence if it is none. */
export function readDocument(text: string): { document: { name: string } } | { problem: string } {
  try {
    const document = JSON.parse(text) as unknown;
    const name = typeof document === "object" && document !== null ? (document as { name?: unknown }).name : undefined;
    return typeof name === "string" && name.trim() ? { document: document as { name: string } } : { problem: "The document needs a \"name\"." };
  } catch (error) {
    return { problem: `This is no JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A parameter's value from what was typed: JSON for all types but texts. */
export function parameterValue({ type = "String" }: Parameter, typed: string): unknown {
  if (/^(string|securestring)$/i.test(type)) return typed;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}
