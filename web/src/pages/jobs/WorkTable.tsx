import { Link } from "wouter";
import { Button } from "../../parts/Button";
import { State } from "../../parts/State";
import { type Column, Table } from "../../parts/Table";
import { lasting, when } from "../../parts/times";
import { groupOf, isOpen, progressWords, resultWords, secondsOf, shortId, type Work } from "./work";

interface WorkTableProps {
  label: string;
  work: readonly Work[];
  now: Date;
  busy: string | undefined;
  cancel: (work: Work) => void;
  again: (work: Work) => void;
}

/** Runs, jobs and pipeline runs: state, what and where, when and how long, and what came of it. */
export function WorkTable({ label, work, now, busy, cancel, again }: WorkTableProps) {
  const columns: Column<Work>[] = [
    { name: "State", cell: ({ state }) => <State state={state} /> },
    {
      name: "What",
      heads: true,
      cell: ({ name, id, to }) => (
        <Link className="open cut" href={to} title={`${name} ${id}`}>
          {name} <span className="dim n4">{shortId(id)}</span>
        </Link>
      ),
    },
    { name: "Where", cell: (item) => <Where of={item} /> },
    { name: "Started", cell: ({ startedAt, createdAt }) => <span className="dim">{when(startedAt ?? createdAt)}</span> },
    { name: "Time", figure: true, cell: (item) => lasting(secondsOf(item, now)) },
    { name: "Result", cell: (item) => <Result of={item} /> },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (item) =>
        isOpen(item) ? (
          <Button kind="quiet" size="s" icon="stop" busy={busy === item.id} onClick={() => cancel(item)} aria-label={`Cancel ${item.name} ${shortId(item.id)}`}>
            Cancel
          </Button>
        ) : (
          item.kind !== "job" && (
            <Button kind="quiet" size="s" icon="renew" busy={busy === item.id} onClick={() => again(item)} aria-label={`Run again: ${item.name} ${shortId(item.id)}`}>
              Run again
            </Button>
          )
        ),
    },
  ];
  return <Table label={label} className="work" columns={columns} rows={work} rowKey={({ kind, id }) => `${kind} ${id}`} />;
}

function Where({ of: { where, whereTo } }: { of: Work }) {
  return whereTo === undefined ? (
    <span className="dim cut place" title={where}>
      {where}
    </span>
  ) : (
    <Link className="dim cut place" href={whereTo} title={where}>
      {where}
    </Link>
  );
}

/** How far it is while it runs, why it failed, or what it came to. */
function Result({ of: item }: { of: Work }) {
  const { state, progress, details, name } = item;
  const words = progressWords(item);
  if (groupOf(state) === "Running" && progress && progress.total > 0) {
    return (
      <span className="going-on">
        <progress className="tall" max={progress.total} value={progress.done} aria-label={`${name}: ${words}`} />
        <span className="t12 dim cut">{words}</span>
      </span>
    );
  }
  if (groupOf(state) === "Failed") {
    return (
      <span className="bad cut came" title={details ?? undefined}>
        {details ?? "No reason was recorded."}
      </span>
    );
  }
  const came = isOpen(item) ? details || words || (progress?.queued ? "waits for its turn" : "") : details || resultWords(item);
  if (!came) return null;
  return (
    <span className="dim cut came" title={came}>
      {came}
    </span>
  );
}
