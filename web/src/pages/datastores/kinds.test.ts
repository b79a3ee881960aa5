import { describe, expect, it } from "vitest";
import { bodyOf, type Datastore, draftOf, fieldsOf, FIRST, KINDS, missing, placeWords, type StoreDraft, WAYS } from "./kinds";

const draft = (part: Partial<StoreDraft>): StoreDraft => ({ ...FIRST, name: "sales", ...part });
const STORE: Datastore = {
  Name: "sales", Kind: "Blob", Authentication: "Sas", Url: "https://a.blob.core.windows.net/", Container: "c", Server: null, Database: null,
  User: null, Header: null, Description: "", Secret: "***", SecretIn: "Storage", CreatedAt: "", UpdatedAt: "",
};

describe("a datastore", () => {
  it("has the fields of its kind", () => {
    expect(fieldsOf(draft({ kind: "Sql", way: "Password" }))).toEqual(["server", "database", "user"]);
    expect(fieldsOf(draft({ kind: "Sql", way: "None" }))).toEqual(["database"]);
    expect(fieldsOf(draft({ kind: "Http", way: "Basic" }))).toEqual(["address", "user"]);
    for (const [kind] of KINDS) expect(WAYS[kind].length).toBeGreaterThan(0);
  });

  it("says what is missing", () => {
    expect(missing(draft({ name: "" }), false)).toBe("Type a name.");
    expect(missing(draft({ name: "No Capitals" }), false)).toContain("'No Capitals' was typed");
    expect(missing(draft({ address: "a" }), false)).toBe("Type the container.");
    expect(missing(draft({ address: "a", container: "c" }), false)).toBe("Type the secret.");
    expect(missing(draft({ address: "a", container: "c" }), true)).toBeUndefined();
    expect(missing(draft({ kind: "Http", way: "None", address: "https://a" }), false)).toBeUndefined();
  });

  it("is stored by its account or its address, and keeps a secret that was not typed", () => {
    expect(bodyOf(draft({ address: "salesdata", container: "c", secret: "k" }))).toEqual({ Kind: "Blob", Authentication: "AccountKey", Account: "salesdata", Container: "c", Description: "", Secret: "k" });
    expect(bodyOf(draftOf(STORE))).toEqual({ Kind: "Blob", Authentication: "Sas", Url: "https://a.blob.core.windows.net/", Container: "c", Description: "" });
  });

  it("says where it leads", () => {
    expect(placeWords(STORE)).toBe("https://a.blob.core.windows.net/c");
    expect(placeWords({ ...STORE, Kind: "Sql", Server: "db:5432", Database: "sales" })).toBe("sales at db:5432");
  });
});
