import { useState } from "react";
import { Link } from "wouter";
import { jobCall } from "../../api/batch";
import { useLive } from "../../api/poll";
import type { components } from "../../api/schema";
import { Button, LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Downloads } from "../../parts/Downloads";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { isGoing, State } from "../../parts/State";
import { lasting, when } from "../../parts/times";
import { type Endpoint, ENDPOINT, endpointPath, type JobStatus, SERVICE, servicePath, W, type WebService } from "../services/shapes";
import { cancelWork } from "./actions";
import { NewJobSheet } from "./NewJobSheet";
import { useAct } from "./useAct";
import { progressWords, secondsOf, shortId } from "./work";
import "./jobs.css";

interface JobPageProps {
  service?: string;
  endpoint?: string;
  job?: string;
}

/** One batch job: how it stands, what it made, or why it failed. */
export default function JobPage({ service = "", endpoint = "", job = "" }: JobPageProps) {
  const path = { service, endpoint };
  const at = useLive<Endpoint>(ENDPOINT, { path });
  const parent = useLive<WebService>(SERVICE, { path: { service }, once: true });
  const { route, ...rest } = at.data ? jobCall(at.data, job) : { route: "" };
  const { data, error, dataUpdatedAt } = useLive<JobStatus>(route, { ...rest, going: ({ StatusCode }) => isGoing(StatusCode), enabled: at.data !== undefined });
  const [making, setMaking] = useState(false);
  const { busy, error: failure, act } = useAct();
  const going = isGoing(data?.StatusCode);
  const isTraining = parent.data?.Kind === "training";
  const errors = [at.error, error, failure].filter((found) => found != null);
  return (
    <div className="page">
      <PageHead
        title={`${isTraining ? "Retraining" : "Batch scoring"} ${shortId(job)}`}
        crumbs={[["Jobs and runs", "/jobs"]]}
        state={data && <State state={data.StatusCode} pill />}
        sub={
          at.data && (
            <>
              {isTraining ? "A training job" : "A job"} of{" "}
              <Link className="link" href={endpointPath(service, at.data.Name)}>
                {at.data.Name}
              </Link>{" "}
              in{" "}
              <Link className="link" href={servicePath(service)}>
                {parent.data?.Name ?? "its web service"}
              </Link>
              .
            </>
          )
        }
        actions={
          <>
            {going && (
              <Button icon="stop" busy={busy !== undefined} onClick={() => void act("cancel", () => cancelWork({ kind: "job", path: { ...path, job } }))}>
                Cancel job
              </Button>
            )}
            <Button kind="main" icon="plus" disabled={!at.data} onClick={() => setMaking(true)}>
              New job here
            </Button>
          </>
        }
      />
      {errors.map((found, place) => (
        <ErrorMessage key={place} error={found}>
          {found === at.error && <LinkButton to="/jobs">All jobs and runs</LinkButton>}
        </ErrorMessage>
      ))}
      {!data && errors.length === 0 && <Loading rows={6} />}
      {data?.StatusCode === "Failed" && (
        <Message kind="fail">
          <b className="med why">{data.Details ?? "No reason was recorded."}</b>
        </Message>
      )}
      {data && (
        <div className="grid">
          <div className="s8 col g16">
            {going && (
              <Card title={data.StatusCode === "Running" ? "Under way" : "Waiting"} padded>
                <progress className="tall" max={Math.max(1, data.Progress.total)} value={data.Progress.total > 0 ? data.Progress.done : undefined} aria-label="Progress" />
                <p className="dim mt4" role="status">
                  {data.Details || progressWords({ kind: "job", progress: data.Progress }) || (data.Progress.queued ? "Other jobs of this endpoint run first." : "It begins in a moment.")}
                </p>
              </Card>
            )}
            <Card title="What it made" padded>
              {data.Results && Object.keys(data.Results).length > 0 ? (
                <div className="row w">
                  <Downloads of={data.Results} />
                </div>
              ) : (
                <p className="dim">{going ? "Its results can be downloaded here once it has finished." : "Nothing."}</p>
              )}
              {isTraining && data.StatusCode === "Finished" && <Trained job={job} />}
            </Card>
          </div>
          <div className="s4">
            <Card title="Times" padded>
              <dl className="kv">
                <dt>Created</dt>
                <dd>{when(data.CreatedAt)}</dd>
                <dt>Started</dt>
                <dd>{when(data.StartTime)}</dd>
                <dt>Ended</dt>
                <dd>{when(data.EndTime)}</dd>
                <dt>Took</dt>
                <dd>{lasting(secondsOf({ startedAt: data.StartTime, endedAt: data.EndTime }, new Date(dataUpdatedAt)))}</dd>
                <dt>Rows</dt>
                <dd>{data.Progress.rows > 0 ? data.Progress.rows.toLocaleString("en") : "–"}</dd>
                <dt>Job</dt>
                <dd className="mono why">{job}</dd>
              </dl>
            </Card>
          </div>
        </div>
      )}
      {at.data && <NewJobSheet open={making} close={() => setMaking(false)} at={{ service, endpoint: at.data.Name }} />}
    </div>
  );
}

const MODELS = 1000;

/** The versions of models that came from the job, while they are the latest. */
function Trained({ job }: { job: string }) {
  const { data = [] } = useLive<components["schemas"]["Model"][]>(`${W}/models`, { query: { limit: MODELS } });
  const made = data.filter(({ JobId }) => JobId === job);
  if (made.length === 0) return null;
  return (
    <ul className="dots">
      {made.map(({ Name, Version }) => (
        <li key={Name}>
          <Link className="link" href={`/models/${encodeURIComponent(Name)}/versions/${Version}/evaluation`}>
            {`${Name}, version ${Version}`}
          </Link>
        </li>
      ))}
    </ul>
  );
}
