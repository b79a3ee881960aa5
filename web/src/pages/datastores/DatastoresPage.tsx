import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { type Column, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { DATASTORE, DATASTORES, DatastoreSheet } from "./DatastoreSheet";
import { type Datastore, kindWord, placeWords, WAY_WORDS } from "./kinds";
import { TestSheet } from "./TestSheet";
import "../../parts/twoRows.css";

/** `/datastores`: named connections to data that stays where it is. */
export default function DatastoresPage() {
  const { data, error } = useLive<Datastore[]>(DATASTORES);
  // The sheet stays when it is closed, so that what was typed is there again.
  const [sheet, setSheet] = useState<{ store: Datastore | undefined; open: boolean }>({ store: undefined, open: false });
  const [testing, setTesting] = useState<Datastore>();
  const [removing, setRemoving] = useState<Datastore>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const remove = async ({ Name }: Datastore) => {
    setFailure(undefined);
    setBusy(true);
    try {
      await call("DELETE", DATASTORE, { path: { datastore: Name } });
      await refresh(DATASTORES);
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
      setRemoving(undefined);
    }
  };
  const make = (
    <Button kind="main" icon="plus" onClick={() => setSheet({ store: undefined, open: true })}>
      New datastore
    </Button>
  );
  return (
    <div className="page">
      <PageHead title="Datastores" sub="Named connections to data that stays where it is." actions={data && data.length > 0 && make} />
      {[error, failure].map((cause, place) => cause != null && <ErrorMessage key={place} error={cause} />)}
      {!data && !error && <Loading rows={4} />}
      {data?.length === 0 && (
        <div className="card">
          <Empty title="No datastores yet" actions={make}>
            Name a blob container, tables, a database or a web address once, with its secret; experiments and pipelines then use the name.
          </Empty>
        </div>
      )}
      {data && data.length > 0 && (
        <div className="card">
          <Table label="Datastores" className="two-rows" columns={columns({ test: setTesting, change: (store) => setSheet({ store, open: true }), remove: setRemoving })} rows={data} rowKey={({ Name }) => Name} />
        </div>
      )}
      <DatastoreSheet key={sheet.store?.Name ?? ""} open={sheet.open} close={() => setSheet({ ...sheet, open: false })} store={sheet.store} />
      {testing && <TestSheet store={testing} close={() => setTesting(undefined)} />}
      <Confirm open={removing !== undefined} close={() => setRemoving(undefined)} title={`Delete ${removing?.Name ?? ""}?`} act="Delete datastore" busy={busy} onAct={() => void (removing && remove(removing))}>
        Its secret goes with it. The data that it leads to stays; what uses the name keeps it from being deleted.
      </Confirm>
    </div>
  );
}

interface Acts {
  test: (store: Datastore) => void;
  change: (store: Datastore) => void;
  remove: (store: Datastore) => void;
}

function columns({ test, change, remove }: Acts): Column<Datastore>[] {
  return [
    {
      name: "Datastore",
      heads: true,
      cell: (store) => (
        <>
          <span className="target cut">{store.Name}</span>
          <span className="faint t12 cut other" title={store.Description}>{store.Description || placeWords(store)}</span>
        </>
      ),
    },
    { name: "Leads to", cell: (store) => <span className="dim cut wide" title={placeWords(store)}>{`${kindWord(store.Kind)}${store.Description ? `, ${placeWords(store)}` : ""}`}</span> },
    { name: "Opened with", cell: ({ Authentication, SecretIn }) => <span className="dim">{`${WAY_WORDS[Authentication]}${SecretIn === "KeyVault" ? ", in Key Vault" : ""}`}</span> },
    { name: "Changed", cell: ({ UpdatedAt }) => <span className="dim">{when(UpdatedAt)}</span> },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (store) => (
        <Menu
          label={`More for ${store.Name}`}
          size="s"
          entries={[
            { name: "Test", icon: "play", act: () => test(store) },
            { name: "Change", icon: "pen", act: () => change(store) },
            { name: "Delete", icon: "x", danger: true, act: () => remove(store) },
          ]}
        />
      ),
    },
  ];
}
