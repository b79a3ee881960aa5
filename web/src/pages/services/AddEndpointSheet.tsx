import { useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { ENDPOINT, endpointPath, SERVICE } from "./shapes";

const NAME = /^[a-z0-9]{1,24}$/;

/** An endpoint more: its own address, keys and model; what is typed stays when the sheet is closed. */
export function AddEndpointSheet({ service, open, close }: { service: string; open: boolean; close: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [, go] = useLocation();
  const wrong = name !== "" && !NAME.test(name) ? `1 to 24 lower-case letters and digits. '${name.slice(0, 60)}' was typed.` : undefined;
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", ENDPOINT, { path: { service, endpoint: name }, body: { Description: description } });
      await refresh(SERVICE);
      close();
      go(endpointPath(service, name));
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
      title="Add endpoint"
      sub="It starts with the definition and models of the default endpoint."
      footer={
        <>
          <span className="grow" />
          <Button onClick={close}>Not now</Button>
          <Button kind="main" icon="plus" disabled={!NAME.test(name)} busy={busy} onClick={add}>
            Add {name || "endpoint"}
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <Field label="Name" hint="Lower-case letters and digits, 24 at most" value={name} maxLength={60} error={wrong} onChange={(event) => setName(event.target.value)} />
      <Field label="Description" hint="For whom it is" value={description} maxLength={2000} onChange={(event) => setDescription(event.target.value)} />
    </Sheet>
  );
}
