import { useState } from "react";
import { useLocation } from "wouter";
import { useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { Chip, PageTabs } from "../../parts/Tabs";
import { useToast } from "../../parts/Toast";
import type { Activity } from "../home/shapes";
import { W } from "../services/shapes";
import { cancelWork, runAgain } from "./actions";
import { headline } from "./headline";
import { NewJobSheet } from "./NewJobSheet";
import { useAct } from "./useAct";
import { useWork } from "./useWork";
import { filtered, isOpen, type Kind, STATES, type StateGroup, type Work } from "./work";
import { WorkTable } from "./WorkTable";
import "./jobs.css";

const TABS: readonly { tab: string; name: string; kind: Kind | undefined }[] = [
  { tab: "", name: "All", kind: undefined },
  { tab: "runs", name: "Runs of experiments", kind: "run" },
  { tab: "batch", name: "Batch jobs", kind: "job" },
  { tab: "pipelines", name: "Pipeline runs", kind: "pipeline" },
];

/** `/jobs`: what runs and what ran, of all endpoints, experiments and pipelines. */
export default function JobsPage({ tab = "" }: { tab?: string }) {
  const [text, setText] = useState("");
  const [state, setState] = useState<StateGroup>();
  const [making, setMaking] = useState(false);
  const [, go] = useLocation();
  const show = useToast();
  const { busy, error: failure, act } = useAct();
  const found = useWork(TABS.find((one) => one.tab === tab)?.kind, state);
  const activity = useLive<Activity>(`${W}/activity`, { going: ({ Running }) => Running.length > 0 });
  const shown = filtered(found.work, state, text);
  const isFiltered = state !== undefined || text.trim() !== "";
  const cancel = (work: Work) => void act(work.id, () => cancelWork(work));
  const again = (work: Work) =>
    void act(work.id, async () => {
      go(await runAgain(work));
      show(`${work.kind === "run" ? work.where : work.name} runs again.`);
    });
  const table = { now: found.now, busy, cancel, again };
  const open = shown.filter(isOpen);
  const ended = shown.filter((work) => !isOpen(work));
  const begin = (
    <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
      New batch job
    </Button>
  );
  const isEmpty = !found.isPending && !isFiltered && found.work.length === 0 && found.error === null;
  return (
    <div className="page">
      <PageHead title="Jobs and runs" sub={activity.data && headline(activity.data)} actions={begin} />
      <PageTabs label="Kinds of work" tabs={TABS.map((one) => ({ to: one.tab ? `/jobs/${one.tab}` : "/jobs", name: one.name, here: one.tab === tab }))} />
      <div className="filters">
        <Field label="Search" labelHidden type="search" icon="search" placeholder="Id, name or error" data-search value={text} onChange={(event) => setText(event.target.value)} />
        {STATES.map((one) => (
          <Chip key={one} on={state === one} toggle={() => setState(state === one ? undefined : one)}>
            {one}
          </Chip>
        ))}
      </div>
      {[failure, found.error].map((error, place) => error != null && <ErrorMessage key={place} error={error} />)}
      {found.isPending && found.error === null && <Loading rows={8} />}
      {isEmpty && (
        <div className="card">
          <Empty title="Nothing has run yet" actions={begin}>
            Run an experiment, or have a file of rows scored by a web service as a batch job.
          </Empty>
        </div>
      )}
      {open.length > 0 && (
        <Card title="Running and waiting" note={open.length}>
          <WorkTable label="Running and waiting" work={open} {...table} />
        </Card>
      )}
      {!found.isPending && !isEmpty && (ended.length > 0 || open.length === 0 || found.readOn !== undefined) && (
        <Card
          title="Ended"
          footer={
            <>
              <span role="status">{isFiltered ? `${shown.length} of the latest ${found.work.length} match` : `The latest ${ended.length}`}</span>
              {found.readOn && (
                <Button kind="quiet" size="s" busy={found.isReading} onClick={found.readOn}>
                  {isFiltered ? "Search further back" : "Show more"}
                </Button>
              )}
            </>
          }
        >
          {ended.length > 0 ? <WorkTable label="Ended" work={ended} {...table} /> : <p className="pad dim">{isFiltered ? "Nothing that ended matches." : "Nothing has ended yet."}</p>}
        </Card>
      )}
      <NewJobSheet open={making} close={() => setMaking(false)} />
    </div>
  );
}
