import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { type Dataset, ENDPOINT, type Policy, W, type WebService } from "./shapes";

const TRIGGERS = [
  ["Upload", "Each file that is uploaded"],
  ["Schedule", "A schedule"],
  ["Rows", "Rows that were added to a dataset"],
] as const;
const METRICS = ["AUC", "Accuracy", "F1", "Precision", "Recall", "Overall_Accuracy", "Root_Mean_Squared_Error", "Mean_Absolute_Error", "Coefficient_of_Determination"];

interface PolicySheetProps {
  open: boolean;
  close: () => void;
  path: { service: string; endpoint: string };
  resources: readonly string[];
  policy: Policy | undefined;
}

interface Draft {
  service: string;
  resource: string;
  trigger: string;
  data: string;
  rows: string;
  frequency: string;
  interval: string;
  metric: string;
  heldBack: string;
  atMostWorse: string;
}

function draftOf(policy: Policy | undefined): Draft {
  const recurrence = policy?.Trigger.Recurrence ?? {};
  return {
    service: policy?.TrainingService ?? "",
    resource: policy?.Resource ?? "",
    trigger: policy?.Trigger.Type ?? "Upload",
    data: policy?.TrainingData ?? "",
    rows: String(policy?.Trigger.Rows ?? 1000),
    frequency: recurrence.frequency ?? "Day",
    interval: String(recurrence.interval ?? 1),
    metric: policy?.Gate.Metric ?? "AUC",
    heldBack: policy?.Gate.HeldBackData ?? "",
    atMostWorse: String(policy?.Gate.AtMostWorse ?? 0),
  };
}

/** The body of PUT …/policy; what the sheet does not show of the policy before stays. */
function bodyOf(draft: Draft, policy: Policy | undefined): object {
  const trigger = {
    Upload: { Type: "Upload" },
    Rows: { Type: "Rows", Rows: Number(draft.rows) },
    Schedule: {
      Type: "Schedule",
      Recurrence: { ...policy?.Trigger.Recurrence, frequency: draft.frequency, interval: Number(draft.interval) },
    },
  }[draft.trigger];
  const { Better: _, ...gate } = policy?.Gate ?? { Metric: "", HeldBackData: "" };
  const bound = policy?.Gate.Better !== undefined ? { Better: policy.Gate.Better } : { AtMostWorse: Number(draft.atMostWorse) };
  return {
    TrainingService: draft.service,
    ...(draft.resource && { Resource: draft.resource }),
    Trigger: trigger,
    ...(draft.trigger !== "Upload" && { TrainingData: draft.data }),
    ...(policy?.Parameters && { Parameters: policy.Parameters }),
    Gate: { ...gate, Metric: draft.metric, HeldBackData: draft.heldBack, ...bound },
  };
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
  const change = (field: keyof Draft) => (event: { target: { value: string } }) => setTyped({ ...typed, [field]: event.target.value });
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
  const ready = draft.service !== "" && draft.heldBack !== "" && (draft.trigger === "Upload" || draft.data !== "");
  return (
    <Sheet
      open={open}
      close={close}
      title={policy ? "Change the policy" : "Make a policy"}
      sub={`Retrains ${path.endpoint}, and swaps its model only if the new one is good enough.`}
      footer={
        <>
          <p className="t12 dim grow">{ready ? "Starts nothing by itself." : "Choose a training service and rows held back."}</p>
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
      {draft.trigger !== "Upload" && <Select label="Dataset to train on" options={names} value={draft.data} onChange={change("data")} />}
      {draft.trigger === "Rows" && <Field label="Rows more" inputMode="numeric" value={draft.rows} onChange={change("rows")} />}
      {draft.trigger === "Schedule" && (
        <div className="two">
          <Field label="Every" inputMode="numeric" value={draft.interval} onChange={change("interval")} />
          <Select label="Unit" options={["Minute", "Hour", "Day", "Week", "Month", "Year"]} value={draft.frequency} onChange={change("frequency")} />
        </div>
      )}
      <Select label="Metric" options={METRICS.includes(draft.metric) ? METRICS : [draft.metric, ...METRICS]} value={draft.metric} onChange={change("metric")} />
      <Select label="Rows held back" options={names} hint="A dataset with the label column that no model was trained on" value={draft.heldBack} onChange={change("heldBack")} />
      <Field label="At most worse by" inputMode="decimal" hint="0: the new model must not be worse" value={draft.atMostWorse} onChange={change("atMostWorse")} />
    </Sheet>
  );
}
