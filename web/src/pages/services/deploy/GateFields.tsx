import { Field, Select } from "../../../parts/Field";
import type { GateDraft } from "./plan";

/** The metrics that a gate may hold a model to. */
export const METRICS = ["AUC", "Accuracy", "F1", "Precision", "Recall", "Overall_Accuracy", "Root_Mean_Squared_Error", "Mean_Absolute_Error", "Coefficient_of_Determination"];

interface GateProps {
  draft: GateDraft;
  wrong: Partial<Record<keyof GateDraft, string>>;
  /** Whether a step is in the shadow, where labels can be compared. */
  hasShadow: boolean;
  change: (part: Partial<GateDraft>) => void;
}

/** What the candidate is held to in each step. */
export function GateFields({ draft, wrong, hasShadow, change }: GateProps) {
  return (
    <>
      <div className="two">
        <Field label="Errors more than now" unit="%" inputMode="decimal" hint="Calls that fail, beyond those of the current models" error={wrong.errors} value={draft.errors} onChange={(event) => change({ errors: event.target.value })} />
        <Field label="95 % of the calls within" unit="ms" inputMode="decimal" hint="Not looked at if left out" error={wrong.p95} value={draft.p95} onChange={(event) => change({ p95: event.target.value })} />
      </div>
      {hasShadow && (
        <Field label="Rows with the same label, at least" unit="%" inputMode="decimal" hint="In the shadow; not looked at if left out" error={wrong.agreement} value={draft.agreement} onChange={(event) => change({ agreement: event.target.value })} />
      )}
      <Select
        label="Metric on truths"
        hint="Measured on the truths of logged rows; needs the log"
        options={[["", "None"], ...METRICS.map((name) => [name, name] as const)]}
        value={draft.metric}
        onChange={(event) => change({ metric: event.target.value })}
      />
      {draft.metric !== "" && (
        <div className="two">
          <Field label={draft.better ? "Better by at least" : "At most worse by"} inputMode="decimal" hint={draft.better ? "Than the current models" : "0: no worse than the current models"} error={wrong.margin} value={draft.margin} onChange={(event) => change({ margin: event.target.value })} />
          <Field label="From so many truths on" inputMode="numeric" error={wrong.truths} value={draft.truths} onChange={(event) => change({ truths: event.target.value })} />
        </div>
      )}
    </>
  );
}
