import { type ReactNode, useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Card } from "../../../parts/Card";
import { Confirm } from "../../../parts/Confirm";
import { ErrorMessage } from "../../../parts/Message";
import { State } from "../../../parts/State";
import { asSentence, when } from "../../../parts/times";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT, SERVICE } from "../shapes";
import { gateWords, planSentence, stepName, stepState, stepWords } from "./plan";
import type { Plan, PlanStep } from "./shapes";

const STATES = { Running: "running", Promoted: "succeeded", RolledBack: "notpassed", Stopped: "cancelled" } as const;
const WORDS = { Running: "On its way", Promoted: "Promoted", RolledBack: "Taken back", Stopped: "Stopped" } as const;

interface PlanProps {
  path: EndpointPath;
  plan: Plan | null;
  start: ReactNode;
}

/** The latest promotion plan: where it stands, and what each step was held to and showed. */
export function PlanCard({ path, plan, start }: PlanProps) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const back = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("DELETE", `${ENDPOINT}/promotion`, { path });
      await refresh(SERVICE);
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
      setAsking(false);
    }
  };
  if (plan === null) {
    return (
      <Card title="Promotion plan" padded>
        <div className="col">
          <p className="dim">None yet. A plan moves a candidate from a small share of the rows to all of them, step by step, and takes it back when it is worse.</p>
          <div>{start}</div>
        </div>
      </Card>
    );
  }
  const isRunning = plan.State === "Running";
  return (
    <Card
      title="Promotion plan"
      note={`${plan.Deployment}, ${plan.Models.map(({ Version }) => `version ${Version}`).join(", ")}`}
      actions={
        isRunning ? (
          <Button size="s" kind="danger" onClick={() => setAsking(true)}>
            Take it back
          </Button>
        ) : (
          start
        )
      }
      footer={<span>{`Started ${when(plan.StartedAt)} by ${plan.By}${plan.EndedAt ? `, ended ${when(plan.EndedAt)}` : ""}. ${plan.Why ? asSentence(plan.Why) : ""}`}</span>}
    >
      <div className="cpad col g12">
        <div className="row w">
          <State state={STATES[plan.State]} word={WORDS[plan.State]} pill />
          <span className="why">{planSentence(plan)}</span>
        </div>
        {error !== undefined && <ErrorMessage error={error} />}
        <ol className="steps">
          {plan.Steps.map((step, place) => (
            <Step key={place} step={step} state={stepState(plan, place)} since={isRunning && place === plan.Step ? plan.StepSince : null} />
          ))}
        </ol>
      </div>
      <Confirm open={asking} close={() => setAsking(false)} title={`Take ${plan.Deployment} back?`} act={`Take ${plan.Deployment} back`} onAct={() => void back()} busy={busy}>
        The plan ends, and the current models answer all rows again.
      </Confirm>
    </Card>
  );
}

function Step({ step, state, since }: { step: PlanStep; state: ReturnType<typeof stepState>; since: string | null }) {
  return (
    <li className={state}>
      <div className="row w base">
        <b className="t16">{stepName(step)}</b>
        <State state={state} word={STEP_WORDS[state]} />
      </div>
      <p className="t12 dim">
        {stepWords(step)}
        {since && `, since ${when(since)}`}
      </p>
      <dl className="gates t12">
        {gateWords(step).map(({ gate, shown }) => (
          <div key={gate}>
            <dt className="faint">{gate}</dt>
            <dd>{shown}</dd>
          </div>
        ))}
      </dl>
      {step.Figures?.Why && <p className="t12 dim why">{asSentence(step.Figures.Why)}</p>}
    </li>
  );
}

const STEP_WORDS = { passed: "passed", failed: "not passed", inprogress: "in this step", waiting: "to come", skipped: "not reached" } as const;
