import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { ErrorMessage } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT, SERVICE } from "../shapes";
import { type KeyDraft, keyDraftOf, keyOf, keyProblem } from "./candidate";
import { KeyFields } from "./KeyFields";
import { sharesOf } from "./shares";
import type { Traffic } from "./shapes";

/** What decides which deployment answers, changed for the shares that there are. */
export function KeySheet({ open, close, path, traffic }: { open: boolean; close: () => void; path: EndpointPath; traffic: Traffic }) {
  const [typed, setTyped] = useState<KeyDraft>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const draft = typed ?? keyDraftOf(traffic.Key);
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", `${ENDPOINT}/traffic`, { path, body: { Shares: sharesOf(traffic.Deployments), Key: keyOf(draft) } });
      await refresh(SERVICE);
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
      title="What decides"
      sub={path.endpoint}
      footer={
        <>
          <p className="t12 dim grow">With another key, callers may get another deployment.</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={typed === undefined || keyProblem(draft) !== undefined} onClick={() => void save()}>
            Save the key
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <KeyFields draft={draft} change={setTyped} />
    </Sheet>
  );
}
