import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { titleInRun } from "../../api/address";
import { useLive } from "../../api/poll";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { readAgainst } from "./against";
import { ComparePicker } from "./ComparePicker";
import type { Evaluated } from "./evaluated";
import { EvaluationView } from "./EvaluationView";
import { CardGrid } from "./CardGrid";
import { LossCard } from "./cards/LossCard";
import { isGoing, liveLoss, type RunState } from "./liveRun";
import { readRunEvaluation, type RunEvaluation } from "./read";
import { sentence } from "./sentence";
import { UpdateAnEndpoint } from "./UpdateAnEndpoint";
import { useAgainst } from "./useAgainst";

interface RunEvaluationProps {
  name: string;
  run: string;
  module: string;
}

const RUN = "/workspaces/{workspace}/experiments/{experiment}/runs/{run}";

/** The evaluation that a module of a run made; while the run trains, its loss as it grows. */
export default function RunEvaluationPage({ name, run, module }: RunEvaluationProps) {
  const path = { experiment: name, run };
  const [query, setQuery] = useSearchParams();
  const [swapped, setSwapped] = useState(false);
  const state = useLive<RunState>(RUN, { path, going: isGoing });
  const going = state.data !== undefined && isGoing(state.data);
  const found = useLive<RunEvaluation>(`${RUN}/evaluations/{module}`, {
    path: { ...path, module },
    once: state.data !== undefined && !going,
    enabled: state.data !== undefined && hasEnded(state.data, module),
  });
  const against = readAgainst(query.get("against"));
  const other = useAgainst(against);
  const models = useMemo(() => {
    if (!found.data) return [];
    const own = readRunEvaluation(found.data, state.data?.Curves);
    const both: Evaluated[] = other.model ? [own[0]!, other.model] : own.slice(0, 2);
    return swapped ? both.toReversed() : both;
  }, [found.data, state.data?.Curves, other.model, swapped]);
  const live = useMemo(() => (state.data && going ? liveLoss(state.data) : undefined), [state.data, going]);
  const title = titleInRun(module, state.data?.Modules);
  const word = state.data ? `Run ${run.slice(0, 8)}` : "Run";
  return (
    <div className="page" id="p-evaluation">
      <PageHead
        title="Evaluation"
        crumbs={[
          ["Experiments", "/experiments"],
          [name, `/experiments/${encodeURIComponent(name)}`],
          [word, `/experiments/${encodeURIComponent(name)}/runs/${encodeURIComponent(run)}`],
        ]}
        sub={models.length > 0 ? sentence(models) : going ? "This run is still going on." : undefined}
        actions={
          models.length > 0 && <UpdateAnEndpoint wanted={{ experiment: name }} />
        }
      />
      {state.error && <ErrorMessage error={state.error} />}
      {found.error && <ErrorMessage error={found.error} />}
      {other.error != null && <ErrorMessage error={other.error} />}
      {state.isPending && <Loading rows={8} />}
      {state.data && !going && !hasEnded(state.data, module) && (
        <Message kind="warn">
          {title} made no evaluation in this run, which is {state.data.Status.StatusCode.toLowerCase()}. Look at the run's
          modules for what stopped it, mend it, and run the experiment again.
        </Message>
      )}
      {going && models.length === 0 && live && (
        <CardGrid>
          <LossCard sides={[]} live={live} />
        </CardGrid>
      )}
      {going && models.length === 0 && !live && (
        <Message kind="run">The charts appear when {title} has ended; a learner that shows its loss shows it here.</Message>
      )}
      {models.length > 0 && (
        <EvaluationView
          models={models}
          live={live}
          onSwap={models.length > 1 ? () => setSwapped(!swapped) : undefined}
          picker={
            models.length < 2 || against
              ? (side) =>
                  side === (swapped ? 1 : 0) ? (
                    <ModelName model={models[side]!} />
                  ) : (
                    <ComparePicker
                      experiment={name}
                      run={run}
                      module={module}
                      value={query.get("against") ?? ""}
                      onValue={(value) => setQuery(value ? { against: value } : {}, { replace: true })}
                    />
                  )
              : undefined
          }
        />
      )}
    </div>
  );
}

function ModelName({ model }: { model: Evaluated }) {
  return (
    <span className="col g2 grow">
      <b className="cut" title={model.name}>
        {model.name}
      </b>
      <small className="t11 faint cut">{model.learner}</small>
    </span>
  );
}

function hasEnded({ Modules }: RunState, module: string): boolean {
  const title = titleInRun(module, Modules);
  return Modules.some(({ Title, StatusCode }) => Title === title && StatusCode === "Finished");
}
