import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { documentOf, FIRST, isStarted, readDocument, type Trigger } from "./words";

export const TRIGGERS = "/workspaces/{workspace}/triggers";
export const TRIGGER = `${TRIGGERS}/{name}`;

/** A trigger's Data Factory document to type; the app checks it and says all that is wrong at once. What was typed stays. */
export function TriggerSheet({ open, close, trigger }: { open: boolean; close: () => void; trigger: Trigger | undefined }) {
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const text = typed ?? (trigger ? documentOf(trigger) : FIRST);
  const read = readDocument(text);
  const problem = "problem" in read ? read.problem : trigger && read.name !== trigger.name ? `The name stays '${trigger.name}'; make a new trigger for another one.` : undefined;
  const save = async () => {
    if ("problem" in read) return;
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", TRIGGER, { path: { name: read.name }, body: read.document });
      await refresh(TRIGGERS);
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
      title={trigger ? `Change ${trigger.name}` : "New trigger"}
      sub="A Data Factory document: ScheduleTrigger, TumblingWindowTrigger or BlobEventsTrigger"
      footer={
        <>
          <p className="t12 dim grow">{trigger && isStarted(trigger) ? "It is started: the change counts from now on." : "It does nothing until it is started."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={problem !== undefined} onClick={() => void save()}>
            Save trigger
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <TextField label="Document" hint="Secrets are shown as ***" error={problem} rows={24} value={text} onChange={(event) => setTyped(event.target.value)} />
    </Sheet>
  );
}
