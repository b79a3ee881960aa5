import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { nextPoll, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { isGoing, State } from "../../parts/State";
import { lasting, when } from "../../parts/times";
import { cancelWork, runAgain } from "../jobs/actions";
import { useAct } from "../jobs/useAct";
import { PIPELINE_RUNS } from "../jobs/useWork";
import { type PipelineRun, shortId } from "../jobs/work";
import { ActivityTree } from "./ActivityTree";
import { PIPELINE, type PipelineDocument, pipelinePath } from "./shapes";
import { type ActivityRun, activityRows, treeWords } from "./tree";
import "./pipelines.css";

const RUN = `${PIPELINE_RUNS}/{run}`;

function useActivities(run: string, going: boolean) {
  return useQuery({
    queryKey: [`${RUN}/queryActivityruns`, { run }, going],
    queryFn: async ({ signal }) => (await call<{ value: ActivityRun[] }>("POST", `${RUN}/queryActivityruns`, { path: { run }, body: {}, signal })).body.value,
    refetchInterval: ({ state }) => nextPoll(going, state.error),
    placeholderData: (before) => before,
  });
}

/** One run of a pipeline: its activities as a tree, with their times, what they wait for, what they made, why they failed. */
export default function PipelineRunPage({ name = "", run = "" }: { name?: string; run?: string }) {
  const { data, error } = useLive<PipelineRun>(RUN, { path: { run }, going: ({ status }) => isGoing(status) });
  const going = isGoing(data?.status);
  const activities = useActivities(run, going);
  // The pipeline may be gone by now; then its activities stand side by side.
  const pipeline = useLive<PipelineDocument>(PIPELINE, { path: { name }, once: true });
  const { busy, error: failure, act } = useAct();
  const [, go] = useLocation();
  const work = { kind: "pipeline" as const, path: { pipeline: name, run } };
  const start = data ? Date.parse(data.runStart) : 0;
  const end = data ? (data.runEnd === null ? Math.max(activities.dataUpdatedAt, start + 1000) : Date.parse(data.runEnd)) : 0;
  const again = (fromFailure: boolean) => void act(fromFailure ? "failure" : "again", async () => go(await runAgain(work, fromFailure)));
  const parameters = Object.entries(data?.parameters ?? {});
  return (
    <div className="page">
      <PageHead
        title={`${name} ${shortId(run)}`}
        crumbs={[
          ["Pipelines", "/pipelines"],
          [name, pipelinePath(name)],
        ]}
        state={data && <State state={data.status} pill />}
        sub={
          data &&
          `Started ${when(data.runStart)} ${data.invokedBy.invokedByType === "Manual" ? "by hand" : `by ${data.invokedBy.name}`}, ${lasting((end - start) / 1000)}. ${activities.data ? treeWords(activities.data) : ""}`
        }
        actions={
          data &&
          (going ? (
            <Button icon="stop" busy={busy !== undefined} onClick={() => void act("cancel", () => cancelWork(work))}>
              Cancel run
            </Button>
          ) : (
            <>
              <Button icon="renew" busy={busy === "again"} onClick={() => again(false)}>
                Run again
              </Button>
              {/^(failed|cancelled)$/i.test(data.status) && (
                <Button kind="main" icon="play" busy={busy === "failure"} onClick={() => again(true)}>
                  Run from the failure
                </Button>
              )}
            </>
          ))
        }
      />
      {[error, activities.error, failure].map((one, place) => one != null && <ErrorMessage key={place} error={one} />)}
      {!data && !error && <Loading rows={8} />}
      {data?.message && (
        <Message kind={data.status === "Failed" ? "fail" : "info"}>
          <span className="why">{data.message}</span>
        </Message>
      )}
      {activities.data && data && (
        <Card title="Activities" note={activities.data.length} actions={<span className="t12 dim">{`${when(data.runStart)} to ${data.runEnd === null ? "now" : when(data.runEnd)}`}</span>}>
          <ActivityTree label={`Activities of ${name}`} rows={activityRows(activities.data, pipeline.data?.properties.activities ?? [], start, end)} />
        </Card>
      )}
      {parameters.length > 0 && (
        <Card title="Parameters" padded>
          <dl className="kv l">
            {parameters.map(([key, value]) => (
              <div key={key} className="pair">
                <dt>{key}</dt>
                <dd className="mono why">{typeof value === "string" ? value || "(empty)" : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
    </div>
  );
}
