import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Field, Select } from "../../../parts/Field";
import { ErrorMessage } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import type { EndpointPath } from "../EndpointTabs";
import { type Endpoint, ENDPOINT, SERVICE } from "../shapes";
import { candidateOf, type Picked } from "./candidate";
import { CandidateFields } from "./CandidateFields";

const SINCE = [["", "From now on"], ["24h", "Those of the last 24 hours, too"], ["7d", "Those of the last 7 days, too"], ["30d", "Those of the last 30 days, too"]] as const;

/** A candidate that scores along and answers nobody; what is typed stays when the sheet is closed. */
export function ShadowSheet({ open, close, path, endpoint }: { open: boolean; close: () => void; path: EndpointPath; endpoint: Endpoint }) {
  const [picked, setPicked] = useState<Picked>({});
  const [since, setSince] = useState("24h");
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const Candidate = candidateOf(picked);
  const start = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", `${ENDPOINT}/shadow`, { path, body: { Candidate, ...(since && { Since: since }), ...(why && { Why: why }) } });
      await refresh(SERVICE);
      setPicked({});
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
      title="Put a candidate in the shadow"
      sub={`It scores what ${path.endpoint} scored, and answers nobody`}
      footer={
        <>
          <p className="t12 dim grow">{Candidate.length === 0 ? "Pick a model above." : "Needs the endpoint's log."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" icon="eye" busy={busy} disabled={Candidate.length === 0} onClick={() => void start()}>
            Put it in the shadow
          </Button>
        </>
      }
    >
      <CandidateFields endpoint={endpoint} picked={picked} pick={setPicked} />
      <fieldset className="step last">
        <legend>
          <i>2</i>Rows
        </legend>
        <Select label="Which rows it scores" options={SINCE} hint="Earlier ones as far as the log has them" value={since} onChange={(event) => setSince(event.target.value)} />
        <Field label="Why" hint="For the history" value={why} maxLength={2000} onChange={(event) => setWhy(event.target.value)} />
      </fieldset>
      {error !== undefined && <ErrorMessage error={error} />}
    </Sheet>
  );
}
