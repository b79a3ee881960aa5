import { useState } from "react";
import type { components } from "../../api/schema";
import { call } from "../../api/client";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { ErrorMessage, Message } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { DATASTORE } from "./DatastoreSheet";
import type { Datastore } from "./kinds";

type Tested = components["schemas"]["DatastoreTest"];
const PATHS = { Blob: "2026/orders.csv", Table: "Orders", Sql: "select 1", Http: "orders.csv" } as const;

/** Whether a datastore responds, and what is wrong if not. */
export function TestSheet({ store, close }: { store: Datastore; close: () => void }) {
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<Tested>();
  const [error, setError] = useState<unknown>();
  const test = async () => {
    setBusy(true);
    setError(undefined);
    setFound(undefined);
    try {
      setFound((await call<Tested>("POST", `${DATASTORE}/test`, { path: { datastore: store.Name }, body: path.trim() ? { Path: path.trim() } : {} })).body);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      open
      close={close}
      title={`Test ${store.Name}`}
      sub="Calls what it leads to, once"
      footer={
        <>
          <p className="t12 dim grow">Nothing is changed or kept.</p>
          <Button onClick={close}>Close</Button>
          <Button kind="main" icon="play" busy={busy} onClick={() => void test()}>
            Test it
          </Button>
        </>
      }
    >
      <Field label={store.Kind === "Sql" ? "Query" : "Path"} placeholder={PATHS[store.Kind]} hint="What to look at; it may be left out" value={path} maxLength={2000} onChange={(event) => setPath(event.target.value)} />
      {error !== undefined && <ErrorMessage error={error} />}
      {found && (
        <Message kind={found.Works ? "ok" : "warn"}>
          <b className="med">{found.Works ? "It responds." : "It does not work."}</b> {found.Details} <span className="faint t11">{`${found.Milliseconds.toLocaleString("en")} ms`}</span>
        </Message>
      )}
    </Sheet>
  );
}
