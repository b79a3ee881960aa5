import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Field } from "../../../parts/Field";
import { ErrorMessage } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import { useToast } from "../../../parts/Toast";
import type { EndpointPath } from "../EndpointTabs";
import { type Endpoint, ENDPOINT, SERVICE } from "../shapes";
import { candidateOf, keyDraftOf, keyOf, keyProblem, type Picked } from "./candidate";
import { CandidateFields } from "./CandidateFields";
import { KeyFields } from "./KeyFields";
import { freeName, sharesOf, withOne } from "./shares";
import type { Traffic } from "./shapes";

const NAME = /^[a-z0-9]{1,24}$/;
const FIRST_SHARE = "10";

interface SheetProps {
  open: boolean;
  close: () => void;
  path: EndpointPath;
  endpoint: Endpoint;
  traffic: Traffic;
}

/** A model more that answers a share of the rows; what is typed stays when the sheet is closed. */
export function CandidateSheet({ open, close, path, endpoint, traffic }: SheetProps) {
  const shares = sharesOf(traffic.Deployments);
  const [picked, setPicked] = useState<Picked>({});
  const [typedName, setName] = useState<string>();
  const [share, setShare] = useState(FIRST_SHARE);
  const [typedKey, setKey] = useState<ReturnType<typeof keyDraftOf>>();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const toast = useToast();
  const name = typedName ?? freeName(shares);
  const key = typedKey ?? keyDraftOf(traffic.Key);
  const wrongName = !NAME.test(name) ? `1 to 24 lower-case letters and digits. '${name.slice(0, 60)}' was typed.` : name in shares ? `${name} is a deployment already.` : undefined;
  const wrongShare = !/^\d{1,3}$/.test(share) || Number(share) > 100 ? `A whole percent from 0 to 100. ${share || "Nothing"} was typed.` : undefined;
  const models = candidateOf(picked);
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body = { Shares: withOne(shares, name, Number(share)), Models: { [name]: models }, Key: keyOf(key), ...(why && { Why: why }) };
      await call("PUT", `${ENDPOINT}/traffic`, { path, body });
      await refresh(SERVICE);
      toast(`${name} answers ${share} % of the rows`, () => void call("POST", `${ENDPOINT}/rollback`, { path, body: {} }).then(() => refresh(SERVICE)));
      setPicked({});
      setName(undefined);
      setWhy("");
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
      title="Add a candidate"
      sub={`Answers a share of the rows of ${path.endpoint}, beside the models in use`}
      footer={
        <>
          <p className="t12 dim grow">{models.length === 0 ? "Pick a model above." : "Takes effect within a second, drops no request."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={models.length === 0 || Boolean(wrongName ?? wrongShare ?? keyProblem(key))} onClick={() => void add()}>
            Add {name.slice(0, 24)}
          </Button>
        </>
      }
    >
      <CandidateFields endpoint={endpoint} picked={picked} pick={setPicked} />
      <fieldset className="step last">
        <legend>
          <i>2</i>Share
        </legend>
        <div className="two">
          <Field label="Name" error={wrongName} value={name} maxLength={24} onChange={(event) => setName(event.target.value)} />
          <Field label="Share of the rows" unit="%" inputMode="numeric" error={wrongShare} value={share} onChange={(event) => setShare(event.target.value)} />
        </div>
        <KeyFields draft={key} change={setKey} />
        <Field label="Why" hint="For the history" value={why} maxLength={2000} onChange={(event) => setWhy(event.target.value)} />
      </fieldset>
      {error !== undefined && <ErrorMessage error={error} />}
    </Sheet>
  );
}
