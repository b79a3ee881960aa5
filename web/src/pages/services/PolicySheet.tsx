import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { GateFields, METRICS } from "./deploy/GateFields";
import { KeyFields } from "./deploy/KeyFields";
import { gateProblems } from "./deploy/plan";
import { StepFields } from "./deploy/StepFields";
import { bodyOf, type Draft, draftOf, isPlanWrong } from "./policyDraft";
import { type Dataset, ENDPOINT, type Policy, W, type WebService } from "./shapes";
import "./deploy/deploy.css";

const TRIGGERS = [
  ["Upload", "Each file that is uploaded"],
  ["Schedule", "A schedule"],
  ["Rows", "Rows that were added to a dataset"],
  ["Drift", "Drift of the rows that are scored"],
] as const;

interface PolicySheetProps {
  open: boolean;
  close: () => void;
  path: { service: string; endpoint: string };
  resources: readonly string[];
  policy: Policy | undefined;
}

/** A policy to make or to change; the app checks it, and says all that is wrong at once. */
export function PolicySheet({ open, close, path, resources, policy }: PolicySheetProps) {
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { data: services = [] } = useLive<WebService[]>(`${W}/webservices`, { enabled: open });
  const { data: datasets = [] } = useLive<Dataset[]>(`${W}/data`, { enabled: open });
  // A policy that is there names its training service by id.
  const training = services.filter(({ Kind }) => Kind === "training").map(({ Id, Name }) => [Id, Name] as const);
  const draft = { ...draftOf(policy), ...typed };
  const names = ["", ...datasets.map(({ Name }) => Name)];
  // Of the log, too: "log" is a name of its own, and one may stand beside a dataset's.
  const sources = [...new Set([...names, "log", draft.data])];
  const change = (field: "service" | "resource" | "trigger" | "data" | "rows" | "interval" | "frequency" | "metric" | "heldBack" | "margin") => (event: { target: { value: string } }) => setTyped({ ...typed, [field]: event.target.value });
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", `${ENDPOINT}/policy`, { path, body: bodyOf(draft, policy) });
      await refresh(`${ENDPOINT}/policy`);
      setTyped({});
      close();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const ready = draft.service !== "" && draft.heldBack !== "" && (draft.trigger === "Upload" || draft.data !== "") && !isPlanWrong(draft);
  return (
    <Sheet
      open={open}
      close={close}
      title={policy ? "Change the policy" : "Make a policy"}
      sub={`Retrains ${path.endpoint}, and swaps its model only if the new one is good enough.`}
      footer={
        <>
          <p className="t12 dim grow">{ready ? "Starts nothing by itself." : isPlanWrong(draft) ? "Mend the steps above." : "Choose a training service and rows held back."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={!ready} onClick={save}>
            Save policy
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <Select label="Training service" options={[["", ""], ...training]} hint="Publish the experiment as a training service first" value={draft.service} onChange={change("service")} />
      {resources.length > 1 && <Select label="Resource" options={["", ...resources]} value={draft.resource} onChange={change("resource")} />}
      <Select label="Train on" options={TRIGGERS} value={draft.trigger} onChange={change("trigger")} />
      {draft.trigger !== "Upload" && <Select label="Dataset to train on" options={draft.trigger === "Rows" ? names : sources} value={draft.data} onChange={change("data")} />}
      {draft.trigger === "Rows" && <Field label="Rows more" inputMode="numeric" value={draft.rows} onChange={change("rows")} />}
      {draft.trigger === "Schedule" && (
        <div className="two">
          <Field label="Every" inputMode="numeric" value={draft.interval} onChange={change("interval")} />
          <Select label="Unit" options={["Minute", "Hour", "Day", "Week", "Month", "Year"]} value={draft.frequency} onChange={change("frequency")} />
        </div>
      )}
      <Select label="Metric" options={METRICS.includes(draft.metric) ? METRICS : [draft.metric, ...METRICS]} value={draft.metric} onChange={change("metric")} />
      <Select label="Rows held back" options={names} hint="A dataset with the label column that no model was trained on" value={draft.heldBack} onChange={change("heldBack")} />
      <Field label={draft.better ? "Better by at least" : "At most worse by"} inputMode="decimal" hint={draft.better ? "Than the model in use" : "0: the new model must not be worse"} value={draft.margin} onChange={change("margin")} />
      <Select
        label="A model that passes"
        options={[["", "Answers all rows at once"], ["steps", "Is promoted in steps"]]}
        hint={draft.inSteps ? "Held to what happens, and taken back when it is worse" : undefined}
        value={draft.inSteps ? "steps" : ""}
        onChange={({ target }) => setTyped({ ...typed, inSteps: target.value !== "" })}
      />
      {draft.inSteps && (
        <fieldset className="step last">
          <legend>Steps, and what the model is held to in each</legend>
          <StepFields steps={draft.steps} change={(steps) => setTyped({ ...typed, steps })} />
          <GateFields draft={draft.gate} wrong={gateProblems(draft.gate)} hasShadow={draft.steps[0]?.shadow ?? false} change={(part) => setTyped({ ...typed, gate: { ...draft.gate, ...part } })} />
          <KeyFields draft={draft.key} change={(key) => setTyped({ ...typed, key })} />
        </fieldset>
      )}
    </Sheet>
  );
}
