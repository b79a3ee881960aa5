import { useState } from "react";
import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { isGoing, State } from "../../parts/State";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { PIPELINE_RUNS } from "../jobs/useWork";
import { type PipelineRun, pipelineRunPath } from "../jobs/work";
import { DocumentSheet } from "./DocumentSheet";
import { RunSheet } from "./RunSheet";
import { type PipelineDocument, pipelinePath, PIPELINES } from "./shapes";
import "../services/services.css";
import "./pipelines.css";

const RECENT = 500;
const SHOWN = 200;

/** `/pipelines`: the documents with their last runs. */
export default function PipelinesPage() {
  const { data, error } = useLive<PipelineDocument[]>(PIPELINES);
  const runs = useLive<PipelineRun[]>(PIPELINE_RUNS, { query: { limit: RECENT }, going: (found) => found.some(({ status }) => isGoing(status)) });
  const [text, setText] = useState("");
  const [making, setMaking] = useState(false);
  const [running, setRunning] = useState<PipelineDocument>();
  // The list is newest first, so the first of a name is its last run.
  const last = new Map<string, PipelineRun>();
  for (const run of runs.data ?? []) if (!last.has(run.pipelineName.toLowerCase())) last.set(run.pipelineName.toLowerCase(), run);
  const found = (data ?? []).filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()));
  const going = (runs.data ?? []).filter(({ status }) => isGoing(status)).length;
  const begin = (
    <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
      New pipeline
    </Button>
  );
  return (
    <div className="page">
      <PageHead title="Pipelines" sub={data && data.length > 0 && (going === 0 ? "None runs at the moment." : `${going} ${going === 1 ? "run is" : "runs are"} under way.`)} actions={data?.length !== 0 && begin} />
      {[error, runs.error].map((one, place) => one && <ErrorMessage key={place} error={one} />)}
      {!data && !error && <Loading rows={6} />}
      {data?.length === 0 && (
        <div className="card">
          <Empty title="No pipelines yet" actions={begin}>
            A pipeline of Azure Data Factory retrains and updates web services, step by step. Its linked services are uploaded with <code>perennial pipeline put</code>.
          </Empty>
        </div>
      )}
      {data && data.length > 0 && (
        <>
          <div className="filters">
            <Field label="Search" labelHidden type="search" icon="search" placeholder="Name" data-search value={text} onChange={(event) => setText(event.target.value)} />
          </div>
          <div className="card">
            <Table
              label="Pipelines"
              className="two-lines pipes"
              rows={found.slice(0, SHOWN)}
              rowKey={({ name }) => name}
              columns={[
                {
                  name: "Pipeline",
                  heads: true,
                  cell: ({ name }) => (
                    <Link className="open cut" href={pipelinePath(name)} title={name}>
                      {name}
                    </Link>
                  ),
                },
                { name: "Last run", cell: ({ name }) => <LastRun run={last.get(name.toLowerCase())} /> },
                { name: "Activities", figure: true, cell: ({ properties }) => properties.activities?.length ?? 0 },
                { name: "Changed", cell: ({ updatedAt }) => <span className="dim">{when(updatedAt)}</span> },
                {
                  name: "",
                  label: "Actions",
                  figure: true,
                  cell: (document) => (
                    <Button kind="quiet" size="s" icon="play" onClick={() => setRunning(document)} aria-label={`Run now: ${document.name}`}>
                      Run now
                    </Button>
                  ),
                },
              ]}
            />
            {found.length === 0 && <p className="pad dim">No pipeline has this in its name.</p>}
            {found.length > SHOWN && <footer>{`The first ${SHOWN} of ${found.length.toLocaleString("en")}; search for the others.`}</footer>}
          </div>
        </>
      )}
      <DocumentSheet open={making} close={() => setMaking(false)} />
      {running && <RunSheet key={running.name} open close={() => setRunning(undefined)} pipeline={running} />}
    </div>
  );
}

function LastRun({ run }: { run: PipelineRun | undefined }) {
  if (run === undefined) return <span className="faint">–</span>;
  return (
    <Link href={pipelineRunPath(run.pipelineName, run.runId)} className="row g6" title={run.message ?? undefined}>
      <State state={run.status} /> <span className="dim t12">{when(run.runStart)}</span>
    </Link>
  );
}
