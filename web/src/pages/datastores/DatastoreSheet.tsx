import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { Segments } from "../../parts/Tabs";
import { bodyOf, type Datastore, draftOf, fieldsOf, FIRST, KINDS, missing, type StoreDraft, WAY_WORDS, WAYS } from "./kinds";

export const DATASTORES = "/workspaces/{workspace}/datastores";
export const DATASTORE = `${DATASTORES}/{datastore}`;

const LABELS = {
  address: ["Address", "https://api.example.org/orders"],
  container: ["Container", "exports"],
  server: ["Server", "db.example.org:5432"],
  database: ["Database", "sales"],
  user: ["User", "reader"],
  header: ["Header", "x-api-key"],
} as const;

/** A named connection; its secret is typed once and never shown again. */
export function DatastoreSheet({ open, close, store }: { open: boolean; close: () => void; store: Datastore | undefined }) {
  const [typed, setTyped] = useState<StoreDraft>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const draft = typed ?? (store ? draftOf(store) : FIRST);
  const change = (part: Partial<StoreDraft>) => setTyped({ ...draft, ...part });
  const hasSecret = store?.Secret != null && store.Authentication === draft.way;
  const lack = missing(draft, hasSecret);
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", DATASTORE, { path: { datastore: draft.name }, body: bodyOf(draft) });
      await refresh(DATASTORES);
      setTyped(undefined);
      close();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      open={open}
      close={close}
      title={store ? `Change ${store.Name}` : "New datastore"}
      sub="A named connection to data that stays where it is"
      footer={
        <>
          <p className="t12 dim grow">{lack ?? "Nothing is called yet."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={lack !== undefined} onClick={() => void save()}>
            {store ? "Save datastore" : "Add datastore"}
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      {!store && <Field label="Name" placeholder="sales" hint="By which Import Data, Export Data and pipelines name it" value={draft.name} maxLength={40} onChange={(event) => change({ name: event.target.value })} />}
      <div className="col">
        <span className="lab">Leads to</span>
        <div>
          <Segments label="Leads to" options={KINDS} value={draft.kind} choose={(kind) => change({ kind, way: WAYS[kind][0] ?? "None" })} />
        </div>
      </div>
      <Select label="Opened with" options={WAYS[draft.kind].map((way) => [way, WAY_WORDS[way]] as const)} hint={draft.kind === "Sql" && draft.way === "None" ? "A database that the operator configured" : undefined} value={draft.way} onChange={(event) => change({ way: event.target.value as StoreDraft["way"] })} />
      {fieldsOf(draft).map((field) => {
        const isStorage = field === "address" && (draft.kind === "Blob" || draft.kind === "Table");
        const [label, example] = isStorage ? ["Storage account", "salesdata"] : LABELS[field];
        return <Field key={field} label={label} placeholder={example} hint={isStorage ? "Its name, or its address" : undefined} value={draft[field]} maxLength={2000} onChange={(event) => change({ [field]: event.target.value })} />;
      })}
      {draft.way !== "None" && (
        <Field
          label={WAY_WORDS[draft.way]}
          type="password"
          autoComplete="new-password"
          placeholder={hasSecret ? "••• is kept" : ""}
          hint={hasSecret ? "Leave it empty to keep the earlier one; for another destination it is typed again" : "Typed once, sealed, and never shown again"}
          value={draft.secret}
          maxLength={4000}
          onChange={(event) => change({ secret: event.target.value })}
        />
      )}
      <Field label="Description" value={draft.description} maxLength={2000} onChange={(event) => change({ description: event.target.value })} />
    </Sheet>
  );
}
