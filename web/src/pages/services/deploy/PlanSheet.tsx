import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Field } from "../../../parts/Field";
import { ErrorMessage } from "../../../parts/Message";
import { Sheet } from "../../../parts/Sheet";
import type { EndpointPath } from "../EndpointTabs";
import { type Endpoint, ENDPOINT, SERVICE } from "../shapes";
import { candidateOf, type KeyDraft, keyOf, keyProblem, type Picked } from "./candidate";
import { CandidateFields } from "./CandidateFields";
import { GateFields } from "./GateFields";
import { KeyFields } from "./KeyFields";
import { FIRST_GATE, FIRST_STEPS, gateBody, type GateDraft, gateProblems, stepBody, type StepDraft, stepProblem } from "./plan";
import { StepFields } from "./StepFields";

interface SheetProps {
  open: boolean;
  close: () => void;
  path: EndpointPath;
  endpoint: Endpoint;
}

/** A promotion plan: which candidate, which steps, and what it is held to in each. What is typed stays. */
export function PlanSheet({ open, close, path, endpoint }: SheetProps) {
  const [picked, setPicked] = useState<Picked>({});
  const [steps, setSteps] = useState<readonly StepDraft[]>(FIRST_STEPS);
  const [gate, setGate] = useState<GateDraft>(FIRST_GATE);
  const [key, setKey] = useState<KeyDraft>({ kind: "row", name: "" });
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const models = candidateOf(picked);
  const wrong = gateProblems(gate);
  const isWrong = Object.keys(wrong).length > 0 || keyProblem(key) !== undefined || steps.some((_, place) => stepProblem(steps, place));
  const hasShadow = steps[0]?.shadow ?? false;
  const start = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body = { Candidate: models, Steps: steps.map(stepBody), Gate: gateBody(gate), Key: keyOf(key), ...(why && { Why: why }) };
      await call("PUT", `${ENDPOINT}/promotion`, { path, body });
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
      title="Start a promotion plan"
      sub={`A candidate takes over the rows of ${path.endpoint} step by step`}
      footer={
        <>
          <p className="t12 dim grow">{models.length === 0 ? "Pick a model above." : "Goes back by itself when a gate is not passed."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" icon="play" busy={busy} disabled={models.length === 0 || isWrong} onClick={() => void start()}>
            Start the plan
          </Button>
        </>
      }
    >
      <CandidateFields endpoint={endpoint} picked={picked} pick={setPicked} />
      <fieldset className="step">
        <legend>
          <i>2</i>Steps
        </legend>
        <StepFields steps={steps} change={setSteps} />
      </fieldset>
      <fieldset className="step last">
        <legend>
          <i>3</i>Held to, in each step
        </legend>
        <GateFields draft={gate} wrong={wrong} hasShadow={hasShadow} change={(part) => setGate({ ...gate, ...part })} />
        <KeyFields draft={key} change={setKey} />
        <Field label="Why" hint="For the history" value={why} maxLength={2000} onChange={(event) => setWhy(event.target.value)} />
      </fieldset>
      {error !== undefined && <ErrorMessage error={error} />}
    </Sheet>
  );
}
