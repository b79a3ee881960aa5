/** A candidate as the routes take it: for each resource that it changes, the model that was picked. */

import type { components } from "../../../api/schema";
import type { Choice } from "../update/choices";

export type CandidateModel = components["schemas"]["CandidateModel"];
export type Picked = Readonly<Record<string, Choice | undefined>>;

/** What decides which deployment answers: nothing but the row, a header, or a column. */
export type KeyKind = "row" | "header" | "column";
export interface KeyDraft {
  kind: KeyKind;
  name: string;
}
type Key = { Header?: string; Column?: string } | null;

/** The models of a candidate: registered versions by their number, files of jobs by where they are. */
export function candidateOf(picked: Picked): CandidateModel[] {
  return Object.entries(picked).flatMap(([Name, choice]) => {
    if (choice === undefined) return [];
    const version = /^Version (\d+)$/.exec(choice.name)?.[1];
    return [version ? { Name, Version: Number(version) } : { Name, Location: choice.location }];
  });
}

export function keyDraftOf(key: Key): KeyDraft {
  if (key?.Header) return { kind: "header", name: key.Header };
  return key?.Column ? { kind: "column", name: key.Column } : { kind: "row", name: "" };
}

export function keyOf({ kind, name }: KeyDraft): { Header?: string; Column?: string } {
  if (kind === "row") return {};
  return kind === "header" ? { Header: name.trim() } : { Column: name.trim() };
}

/** What is missing or wrong of a key, before the app is asked. */
export function keyProblem({ kind, name }: KeyDraft): string | undefined {
  if (kind === "row") return undefined;
  if (name.trim() === "") return `The name of the ${kind}. Nothing was typed.`;
  return kind === "header" && !/^[A-Za-z0-9-]{1,64}$/.test(name.trim()) ? `Up to 64 letters, digits and hyphens. '${name.slice(0, 60)}' was typed.` : undefined;
}

/** Who is answered by which deployment, in words. */
export function keyWords(key: Key): string {
  if (key?.Header) return `Callers that send the same value in the header ${key.Header} get the same deployment.`;
  return key?.Column ? `Rows with the same value in ${key.Column} get the same deployment.` : "Rows are spread by their cells: an equal row gets the same deployment.";
}
