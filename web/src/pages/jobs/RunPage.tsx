import { useLocation } from "wouter";
import { useLive } from "../../api/poll";
import { Button, LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { RunStrip } from "../../parts/RunStrip";
import { isGoing, State } from "../../parts/State";
import { lasting, when } from "../../parts/times";
import { E, type Run } from "../designer/api";
import { stateOf } from "../designer/graph";
import { cancelWork, runAgain } from "./actions";
import { ModuleTable } from "./ModuleTable";
import { useAct } from "./useAct";
import { secondsOf, shortId } from "./work";
import "./jobs.css";

/** One run of an experiment: each module's state, time and rows, why it failed, and what there is to look at. */
export default function RunPage({ name = "", run = "" }: { name?: string; run?: string }) {
  const path = { experiment: name, run };
  const { data, error, dataUpdatedAt } = useLive<Run>(`${E}/runs/{run}`, { path, going: ({ Status }) => isGoing(Status.StatusCode) });
  const { busy, error: failure, act } = useAct();
  const [, go] = useLocation();
  const code = data?.Status.StatusCode;
  const going = isGoing(code);
  const evaluations = data?.Modules.filter(({ Module, StatusCode }) => Module === "Evaluate Model" && StatusCode === "Finished") ?? [];
  const took = data && secondsOf({ startedAt: data.Status.StartTime, endedAt: data.Status.EndTime }, new Date(dataUpdatedAt));
  return (
    <div className="page">
      <PageHead
        title={`Run ${shortId(run)}`}
        crumbs={[
          ["Jobs and runs", "/jobs"],
          [name, `/experiments/${encodeURIComponent(name)}`],
        ]}
        state={code && <State state={code} pill />}
        sub={data && `Begun ${when(data.Status.StartTime ?? data.Status.CreationTime)}${took === undefined ? "" : `, ${lasting(took)}`}.`}
        actions={
          <>
            {going ? (
              <Button icon="stop" busy={busy !== undefined} onClick={() => void act("cancel", () => cancelWork({ kind: "run", path }))}>
                Cancel run
              </Button>
            ) : (
              <Button icon="renew" disabled={!data} busy={busy !== undefined} onClick={() => void act("again", async () => go(await runAgain({ kind: "run", path })))}>
                Run again
              </Button>
            )}
            <LinkButton kind="main" icon="graph" to={`/experiments/${encodeURIComponent(name)}/runs/${encodeURIComponent(run)}/canvas`}>
              Open the experiment
            </LinkButton>
          </>
        }
      />
      {[error, failure].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {!data && !error && <Loading rows={8} />}
      {data?.Status.StatusDetail && (
        <Message kind={code === "Failed" ? "fail" : "info"}>
          <span className="med why">{data.Status.StatusDetail}</span>
        </Message>
      )}
      {data && data.Modules.length === 0 && <p className="dim">{going ? "It waits for its turn; its modules are listed once it begins." : "None of its modules ran."}</p>}
      {data && data.Modules.length > 0 && (
        <Card
          title="Modules"
          note={data.Modules.length}
          actions={<RunStrip states={data.Modules.map((module) => (going && module.StatusCode === "NotStarted" ? "waiting" : stateOf(module)))} />}
          footer={
            evaluations.length > 0 && (
              <div className="row w">
                {evaluations.map(({ Title }) => (
                  <LinkButton key={Title} size="s" after="right" to={`/experiments/${encodeURIComponent(name)}/runs/${encodeURIComponent(run)}/evaluation/${encodeURIComponent(Title)}`}>
                    {`Evaluation of ${Title}`}
                  </LinkButton>
                ))}
              </div>
            )
          }
        >
          <ModuleTable experiment={name} run={run} modules={data.Modules} going={going} />
        </Card>
      )}
      {data && data.Warnings.length > 0 && (
        <Card title="Warnings" note={data.Warnings.length} padded>
          <ul className="dots">
            {data.Warnings.map(({ Title, Message: text }, place) => (
              <li key={place} className="why">
                <b className="med">{Title}</b>: {text}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}
