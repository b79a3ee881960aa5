/** What a datastore is made of, by its kind: which fields there are, and what opens it. */

import type { components } from "../../api/schema";

export type Datastore = components["schemas"]["Datastore"];
export type Kind = Datastore["Kind"];
export type Authentication = Datastore["Authentication"];

export const KINDS: readonly (readonly [Kind, string])[] = [["Blob", "Blobs"], ["Table", "Tables"], ["Sql", "Database"], ["Http", "Web address"]];

/** The ways to open each kind; the first is the usual one. */
export const WAYS: Readonly<Record<Kind, readonly Authentication[]>> = {
  Blob: ["AccountKey", "Sas", "None"],
  Table: ["AccountKey", "Sas"],
  Sql: ["Password", "None"],
  Http: ["None", "Basic", "Bearer", "Header", "Query"],
};

export const WAY_WORDS: Readonly<Record<Authentication, string>> = {
  AccountKey: "Key of the account",
  Sas: "SAS token",
  Password: "Password",
  None: "Nothing",
  Basic: "User and password",
  Bearer: "Bearer token",
  Header: "A header",
  Query: "The query of the address",
};

export interface StoreDraft {
  name: string;
  kind: Kind;
  way: Authentication;
  address: string;
  container: string;
  server: string;
  database: string;
  user: string;
  header: string;
  description: string;
  secret: string;
}

export const FIRST: StoreDraft = { name: "", kind: "Blob", way: "AccountKey", address: "", container: "", server: "", database: "", user: "", header: "", description: "", secret: "" };

/** A datastore as its sheet types it; its secret is never there. */
export function draftOf(store: Datastore): StoreDraft {
  return {
    name: store.Name,
    kind: store.Kind,
    way: store.Authentication,
    address: store.Url ?? "",
    container: store.Container ?? "",
    server: store.Server ?? "",
    database: store.Database ?? "",
    user: store.User ?? "",
    header: store.Header ?? "",
    description: store.Description,
    secret: "",
  };
}

type Field = "address" | "container" | "server" | "database" | "user" | "header";

/** The fields that a kind has when it is opened so. */
export function fieldsOf({ kind, way }: Pick<StoreDraft, "kind" | "way">): readonly Field[] {
  switch (kind) {
    case "Blob":
      return ["address", "container"];
    case "Table":
      return ["address"];
    case "Sql":
      return way === "None" ? ["database"] : ["server", "database", "user"];
    default:
      return ["address", ...(way === "Basic" ? (["user"] as const) : []), ...(way === "Header" ? (["header"] as const) : [])];
  }
}

/** What is still missing, in words; undefined if nothing is. An earlier secret stays as it is. */
export function missing(draft: StoreDraft, hasSecret: boolean): string | undefined {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(draft.name)) return draft.name === "" ? "Type a name." : `Names have up to 40 lower-case letters, digits and dashes. '${draft.name.slice(0, 40)}' was typed.`;
  const empty = fieldsOf(draft).find((field) => draft[field].trim() === "");
  if (empty) return `Type the ${empty}.`;
  return draft.way !== "None" && !hasSecret && draft.secret === "" ? "Type the secret." : undefined;
}

/** The body that stores it: an account by its name or its address, and the secret only if one was typed. */
export function bodyOf(draft: StoreDraft): Record<string, string> {
  const names = { address: "Url", container: "Container", server: "Server", database: "Database", user: "User", header: "Header" } as const;
  const given = Object.fromEntries(fieldsOf(draft).map((field) => [field === "address" && isAccount(draft) ? "Account" : names[field], draft[field].trim()]));
  return { Kind: draft.kind, Authentication: draft.way, ...given, Description: draft.description.trim(), ...(draft.secret && { Secret: draft.secret }) };
}

function isAccount({ kind, address }: StoreDraft): boolean {
  return (kind === "Blob" || kind === "Table") && /^[a-z0-9]{3,24}$/.test(address.trim());
}

/** Where a datastore leads, in one line. */
export function placeWords({ Kind: kind, Url, Container, Server, Database }: Pick<Datastore, "Kind" | "Url" | "Container" | "Server" | "Database">): string {
  if (kind === "Sql") return Server ? `${Database ?? ""} at ${Server}` : `${Database ?? ""}, which the operator configured`;
  return `${Url ?? ""}${Container ?? ""}`;
}

/** The kind in a word. */
export function kindWord(kind: Kind): string {
  return KINDS.find(([one]) => one === kind)?.[1] ?? kind;
}
