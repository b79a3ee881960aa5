import { Button, IconButton } from "../../../parts/Button";
import { Field } from "../../../parts/Field";
import { MOST_STEPS, SHADOW_STEP, type StepDraft, stepProblem } from "./plan";

/** The steps of a promotion plan, in their order. */
export function StepFields({ steps, change }: { steps: readonly StepDraft[]; change: (steps: readonly StepDraft[]) => void }) {
  const set = (place: number, part: Partial<StepDraft>) => change(steps.map((step, at) => (at === place ? { ...step, ...part } : step)));
  const hasShadow = steps[0]?.shadow ?? false;
  return (
    <>
      <ol className="step-fields">
        {steps.map((step, place) => (
          <li key={place}>
            {step.shadow ? (
              <div className="f">
                <span className="lab">Share</span>
                <span className="dim in-shadow">in the shadow</span>
              </div>
            ) : (
              <Field size="s" label="Share" unit="%" inputMode="numeric" value={step.share} onChange={(event) => set(place, { share: event.target.value })} />
            )}
            <Field size="s" label="At least" unit="min" inputMode="numeric" value={step.minutes} onChange={(event) => set(place, { minutes: event.target.value })} />
            <Field size="s" label={step.shadow ? "And rows" : "And calls"} inputMode="numeric" value={step.calls} onChange={(event) => set(place, { calls: event.target.value })} />
            <IconButton size="s" kind="quiet" icon="x" label={`Remove step ${place + 1}`} disabled={steps.length === 1} onClick={() => change(steps.filter((_, at) => at !== place))} />
            {stepProblem(steps, place) && <span className="err">{stepProblem(steps, place)}</span>}
          </li>
        ))}
      </ol>
      <div className="row w">
        {!hasShadow && (
          <Button size="s" icon="eye" disabled={steps.length >= MOST_STEPS} onClick={() => change([SHADOW_STEP, ...steps])}>
            Begin in the shadow
          </Button>
        )}
        <Button size="s" icon="plus" disabled={steps.length >= MOST_STEPS} onClick={() => change([...steps, { share: "100", minutes: "10", calls: "20" }])}>
          Add a step
        </Button>
      </div>
    </>
  );
}
