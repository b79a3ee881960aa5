import { useEffect, useState } from "react";
import { call } from "../../../api/client";
import { refresh, useLive } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Field, Select } from "../../../parts/Field";
import { ErrorMessage, Message } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import { useToast } from "../../../parts/Toast";
import type { Traffic } from "../deploy/shapes";
import { useVersions } from "../ModelsCard";
import { type Endpoint, ENDPOINT, SERVICE, W } from "../shapes";
import { type Choice, versionChoices } from "./choices";
import { Compared, useComparison } from "./Compared";
import { NewModel } from "./NewModel";

interface UpdateProps {
  open: boolean;
  close: () => void;
  /** The resource, and the version of its model, that the link to here names; empty if it names none. */
  wanted: { resource: string; version: string };
  path: { service: string; endpoint: string };
  endpoint: Endpoint;
}

/** UpdateResource with its evidence: which model, how it does on rows held back, and why it is taken. */
export function UpdateSheet({ open, close, wanted, path, endpoint }: UpdateProps) {
  const names = endpoint.Resources.map(({ Name }) => Name);
  const [resource, setResource] = useState(names.includes(wanted.resource) ? wanted.resource : (names[0] ?? ""));
  const [picked, setPicked] = useState<Choice>();
  const [heldBack, setHeldBack] = useState("");
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const toast = useToast();
  const inUse = endpoint.Resources.find(({ Name }) => Name === resource);
  const versions = useVersions(names)[resource] ?? [];
  useEffect(() => {
    if (!open || wanted.version === "" || resource !== wanted.resource) return;
    const choice = versionChoices(versions, inUse?.Model ?? "").find(({ key }) => key === `v${wanted.version}`);
    if (choice && !choice.inUse) setPicked((now) => now ?? choice);
  }, [open, wanted.version, wanted.resource, resource, versions, inUse?.Model]);
  const { data: traffic } = useLive<Traffic>(`${ENDPOINT}/traffic`, { path, enabled: open });
  const sharing = (traffic?.Deployments ?? []).slice(1);
  const comparison = useComparison(path, resource, open ? picked : undefined, heldBack);
  const undo = async () => {
    await call("POST", `${ENDPOINT}/rollback`, { path, body: {} });
    await refresh(SERVICE);
  };
  const swap = async () => {
    if (picked === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      const body = { Resources: [{ Name: resource, Location: picked.location }], ...(why && { Why: why }) };
      await call("PATCH", ENDPOINT, { path, body });
      await Promise.all([refresh(SERVICE), refresh(`${W}/models`)]);
      toast(`${path.endpoint} took ${picked.name.toLowerCase()}`, () => void undo());
      setPicked(undefined);
      setWhy("");
      close();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const act = picked ? `Swap to ${picked.name.toLowerCase()}` : "Swap";
  return (
    <Sheet
      open={open}
      close={close}
      title="Update resource"
      sub={`${resource} at ${path.endpoint}. In use: version ${inUse?.Version ?? "–"}.`}
      footer={
        <>
          <p className="t12 dim grow">
            Takes effect at once, drops no request.
            <br />
            Roll back at any time from the history.
          </p>
          <Button onClick={close}>Keep version {inUse?.Version}</Button>
          <Button kind="main" icon="swap" disabled={picked === undefined} busy={busy} onClick={swap}>
            {act}
          </Button>
        </>
      }
    >
      {sharing.length > 0 && (
        <Message kind="warn">{`${sharing.map(({ Name, Share }) => `${Name} answers ${Share} %`).join(", ")} of the rows. An update ends that: the endpoint's own models answer all rows again.`}</Message>
      )}
      {names.length > 1 && (
        <Select
          label="Resource"
          options={names}
          value={resource}
          onChange={(event) => {
            setResource(event.target.value);
            setPicked(undefined);
          }}
        />
      )}
      <NewModel resource={resource} versions={versions} inUse={inUse?.Model ?? ""} picked={picked} pick={setPicked} />
      <Compared comparison={comparison} heldBack={heldBack} setHeldBack={setHeldBack} picked={picked} inUse={`In use, ${inUse?.Version ?? "–"}`} />
      <fieldset className="step last">
        <legend>
          <i>3</i>Why
        </legend>
        <Field label="Why, goes into the history" labelHidden placeholder="For the history" value={why} maxLength={2000} onChange={(event) => setWhy(event.target.value)} />
        <p className="t12 faint">Goes into the history, with the credential.</p>
      </fieldset>
      {error !== undefined && <ErrorMessage error={error} />}
    </Sheet>
  );
}
