import { useState } from "react";
import { Link, useLocation } from "wouter";
import { call } from "../../api/client";
import { forget, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Confirm } from "../../parts/Confirm";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { isGoing, State } from "../../parts/State";
import { asSentence, lasting, when } from "../../parts/times";
import { Table } from "../../parts/Table";
import { useToast } from "../../parts/Toast";
import { useAct } from "../jobs/useAct";
import { PIPELINE_RUNS } from "../jobs/useWork";
import { type PipelineRun, pipelineRunPath, shortId } from "../jobs/work";
import { DocumentEditor } from "./DocumentEditor";
import { RunSheet } from "./RunSheet";
import { editable, PIPELINE, type PipelineDocument, pipelinePath, PIPELINES } from "./shapes";
import "../services/services.css";
import "./pipelines.css";

const RECENT = 100;

/** One pipeline: its last runs, and its document to edit. */
export default function PipelinePage({ name = "" }: { name?: string }) {
  const { data, error } = useLive<PipelineDocument>(PIPELINE, { path: { name } });
  const runs = useLive<PipelineRun[]>(PIPELINE_RUNS, { query: { limit: RECENT, q: name }, going: (found) => found.some(({ status }) => isGoing(status)) });
  const [running, setRunning] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { busy, error: failure, act } = useAct();
  const [, go] = useLocation();
  const show = useToast();
  // The route finds all names that contain this one.
  const own = (runs.data ?? []).filter(({ pipelineName }) => pipelineName.toLowerCase() === name.toLowerCase());
  const remove = () =>
    void act("delete", async () => {
      await call("DELETE", PIPELINE, { path: { name } });
      forget(PIPELINES);
      go("/pipelines");
    }).then(() => setDeleting(false));
  return (
    <div className="page">
      <PageHead
        title={data?.name ?? name}
        crumbs={[["Pipelines", "/pipelines"]]}
        sub={data && `${asSentence(data.properties.description || "No description")} Changed ${when(data.updatedAt)}.${data.NextRun ? ` Its next slice is due ${when(data.NextRun)}.` : ""}`}
        actions={
          data && (
            <>
              <Menu label={`More for ${name}`} entries={[{ name: `Delete ${name.slice(0, 80)}`, icon: "x", danger: true, act: () => setDeleting(true) }]} />
              <Button kind="main" icon="play" onClick={() => setRunning(true)}>
                Run now
              </Button>
            </>
          )
        }
      />
      {[error, runs.error, failure].map((one, place) => one != null && <ErrorMessage key={place} error={one} />)}
      {!data && !error && <Loading rows={8} />}
      {data && (
        <>
          <Card title="Runs" note={own.length || undefined}>
            {own.length === 0 ? (
              <p className="pad dim">It has not run yet.</p>
            ) : (
              <Table
                label="Runs"
                className="two-lines"
                rows={own}
                rowKey={({ runId }) => runId}
                columns={[
                  {
                    name: "Run",
                    heads: true,
                    cell: ({ runId }) => (
                      <Link className="open" href={pipelineRunPath(name, runId)}>
                        {shortId(runId)}
                      </Link>
                    ),
                  },
                  { name: "State", cell: ({ status }) => <State state={status} /> },
                  { name: "Started", cell: ({ runStart }) => <span className="dim">{when(runStart)}</span> },
                  { name: "Time", figure: true, cell: ({ durationInMs }) => lasting(durationInMs / 1000) },
                  {
                    name: "Why",
                    cell: ({ message, status }) => (
                      <span className={`cut wide ${status === "Failed" ? "bad" : "dim"}`} title={message ?? undefined}>
                        {message ?? ""}
                      </span>
                    ),
                  },
                ]}
              />
            )}
          </Card>
          <Card title="Document" padded>
            <DocumentEditor
              saved={editable(data)}
              label={`Document of ${data.name}`}
              act="Save"
              onSaved={(saved) => {
                show(`${saved.name} is saved.`);
                if (saved.name.toLowerCase() !== name.toLowerCase()) go(pipelinePath(saved.name));
              }}
            />
          </Card>
          <RunSheet open={running} close={() => setRunning(false)} pipeline={data} />
        </>
      )}
      <Confirm open={deleting} close={() => setDeleting(false)} title={`Delete ${name.slice(0, 80)}?`} act="Delete it" onAct={remove} busy={busy !== undefined}>
        Triggers that start it fail from now on. Runs in progress continue, and its past runs stay.
      </Confirm>
    </div>
  );
}
