import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { placesOf } from "../../api/usePages";
import { Button, LinkButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { State } from "../../parts/State";
import { type Column, Pages, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { useToast } from "../../parts/Toast";
import { TRIGGER, TriggerSheet, TRIGGERS } from "./TriggerSheet";
import { firesWords, isStarted, kindWords, pipelinesOf, type Trigger } from "./words";
import "./triggers.css";

const SIZE = 50;

/** `/triggers`: what starts pipelines by itself, and when next. */
export default function TriggersPage() {
  const { data, error } = useLive<Trigger[]>(TRIGGERS);
  const [typed, setTyped] = useState("");
  const [page, setPage] = useState(0);
  // The sheet stays when it is closed, so that what was typed is there again.
  const [sheet, setSheet] = useState<{ trigger: Trigger | undefined; open: boolean }>({ trigger: undefined, open: false });
  const [removing, setRemoving] = useState<Trigger>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const toast = useToast();
  // The route lists all at once, so that pages and the search are made here.
  const found = (data ?? []).filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase()));
  const at = Math.min(page, Math.max(0, Math.ceil(found.length / SIZE) - 1));
  const rows = found.slice(at * SIZE, (at + 1) * SIZE);
  const attempt = async (act: () => Promise<unknown>, done?: string) => {
    setFailure(undefined);
    setBusy(true);
    try {
      await act();
      await refresh(TRIGGERS);
      if (done) toast(done);
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
      setRemoving(undefined);
    }
  };
  const post = (trigger: Trigger, verb: "start" | "stop" | "run", done: string) => void attempt(() => call("POST", `${TRIGGER}/${verb}`, { path: { name: trigger.name }, body: "" }), done);
  const started = (data ?? []).filter(isStarted).length;
  const make = (
    <Button kind="main" icon="plus" onClick={() => setSheet({ trigger: undefined, open: true })}>
      New trigger
    </Button>
  );
  return (
    <div className="page" id="p-triggers">
      <PageHead title="Triggers" sub={data && data.length > 0 ? `${started} of ${data.length} started.` : undefined} actions={data && data.length > 0 && make} />
      {data && data.length > 0 && (
        <div className="search">
          <Field label="Find a trigger" labelHidden type="search" icon="search" placeholder="Find a trigger" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </div>
      )}
      {[error, failure].map((cause, place) => cause != null && <ErrorMessage key={place} error={cause} />)}
      {!data && !error && <Loading rows={6} />}
      {data?.length === 0 && (
        <div className="card">
          <Empty
            title="No triggers yet"
            actions={
              <>
                <LinkButton icon="pipe" to="/pipelines">
                  Open pipelines
                </LinkButton>
                {make}
              </>
            }
          >
            A trigger starts pipelines on a schedule, for windows of time, or when a blob arrives. It needs a pipeline first.
          </Empty>
        </div>
      )}
      {data && data.length > 0 && (
        <div className="card">
          {rows.length === 0 ? (
            <p className="pad dim">No trigger is called that.</p>
          ) : (
            <Table label="Triggers" className="two-rows" rows={rows} rowKey={({ name }) => name} columns={columns({ post, change: (trigger) => setSheet({ trigger, open: true }), remove: setRemoving })} />
          )}
          {found.length > SIZE && (
            <Pages
              shown={`${placesOf(at, SIZE, rows.length)} of ${found.length.toLocaleString("en")}`}
              previous={at > 0 ? () => setPage(at - 1) : undefined}
              next={(at + 1) * SIZE < found.length ? () => setPage(at + 1) : undefined}
            />
          )}
        </div>
      )}
      <TriggerSheet key={sheet.trigger?.name ?? ""} open={sheet.open} close={() => setSheet({ ...sheet, open: false })} trigger={sheet.trigger} />
      <Confirm
        open={removing !== undefined}
        close={() => setRemoving(undefined)}
        title={`Delete ${removing?.name.slice(0, 80) ?? ""}?`}
        act="Delete trigger"
        busy={busy}
        onAct={() => void (removing && attempt(() => call("DELETE", TRIGGER, { path: { name: removing.name } })))}
      >
        It starts nothing more. Its pipelines stay, and runs that have started go on.
      </Confirm>
    </div>
  );
}

interface Acts {
  post: (trigger: Trigger, verb: "start" | "stop" | "run", done: string) => void;
  change: (trigger: Trigger) => void;
  remove: (trigger: Trigger) => void;
}

function columns({ post, change, remove }: Acts): Column<Trigger>[] {
  return [
    {
      name: "Trigger",
      heads: true,
      cell: (trigger) => (
        <>
          <span className="target cut" title={trigger.name}>
            {trigger.name}
          </span>
          <span className="faint t12 cut other">{`${kindWords(trigger)}, ${firesWords(trigger)}`}</span>
        </>
      ),
    },
    { name: "State", cell: (trigger) => (isStarted(trigger) ? <State state="Answering" word="Started" /> : <State state="Cancelled" word="Stopped" />) },
    { name: "Starts", cell: (trigger) => <span className="dim why">{pipelinesOf(trigger).join(", ") || "–"}</span> },
    { name: "Next", cell: (trigger) => (trigger.NextRun && isStarted(trigger) ? when(trigger.NextRun) : <span className="faint">–</span>) },
    {
      name: "Last",
      cell: ({ LastRun, Skipped }) => (
        <>
          <span className="dim">{LastRun ? when(LastRun) : "never"}</span>
          {Skipped && <span className="why t12 faint">not started: {Skipped}</span>}
        </>
      ),
    },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (trigger) => (
        <Menu
          label={`More for ${trigger.name.slice(0, 80)}`}
          size="s"
          entries={[
            isStarted(trigger)
              ? { name: "Stop", icon: "stop", act: () => post(trigger, "stop", `${trigger.name} is stopped`) }
              : { name: "Start", icon: "play", act: () => post(trigger, "start", `${trigger.name} is started`) },
            { name: "Run now", icon: "renew", act: () => post(trigger, "run", `${trigger.name} has started its pipelines`) },
            { name: "Change", icon: "pen", act: () => change(trigger) },
            { name: "Delete", icon: "x", danger: true, act: () => remove(trigger) },
          ]}
        />
      ),
    },
  ];
}
