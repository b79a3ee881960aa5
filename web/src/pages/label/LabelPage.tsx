import { useMemo, useState } from "react";
import { useLive } from "../../api/poll";
import { Card } from "../../parts/Card";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import type { TableSummary } from "../dataset/table";
import { Labeller } from "./Labeller";
import "./label.css";

const NEW = "\u0000new";

/** Labels rows of a dataset by hand; first which column, and which classes it has. */
export default function LabelPage({ name }: { name: string }) {
  const found = useLive<TableSummary>("/workspaces/{workspace}/datasets/{dataset}/summary", { path: { dataset: name }, once: true });
  const [begun, setBegun] = useState<{ column: string; classes: string[] } | null>(null);
  const here = `/datasets/${encodeURIComponent(name)}`;
  return (
    <div className="page" id="p-label">
      <PageHead title="Label rows" crumbs={[["Datasets", "/datasets"], [name, here]]} sub={begun ? `${begun.column} of ${name}` : undefined} />
      {found.error && <ErrorMessage error={found.error} />}
      {found.isPending && <Loading rows={6} />}
      {found.data && !begun && <LabelSetup summary={found.data} onBegin={(column, classes) => setBegun({ column, classes })} />}
      {found.data && begun && <Labeller name={name} summary={found.data} {...begun} onClasses={(classes) => setBegun({ ...begun, classes })} />}
    </div>
  );
}

interface LabelSetupProps {
  summary: TableSummary;
  onBegin: (column: string, classes: string[]) => void;
}

function LabelSetup({ summary, onBegin }: LabelSetupProps) {
  const choices = summary.columns.filter(({ unique }) => unique !== undefined && unique > 0 && unique <= 50);
  const last = choices.at(-1)?.name ?? NEW;
  const [column, setColumn] = useState(last);
  const [fresh, setFresh] = useState("label");
  const known = useMemo(() => classesOf(summary, column), [summary, column]);
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? known.join(", ");
  const classes = [...new Set(text.split(",").map((each) => each.trim()).filter(Boolean))];
  const target = column === NEW ? fresh.trim() : column;
  const taken = column === NEW && summary.columns.some(({ name }) => name === target);
  const why = target === "" ? "Give the new column a name." : taken ? `There is a column ${target} already; choose it above.` : classes.length < 2 ? "Name two classes or more, with commas between them." : "";
  return (
    <Card title="What do you label?" padded className="label-setup">
      <div className="col g16">
        <Select
          label="Column"
          value={column}
          options={[...choices.map(({ name }): [string, string] => [name, name]), [NEW, "A new column"]]}
          onChange={(event) => {
            setColumn(event.target.value);
            setTyped(null);
          }}
        />
        {column === NEW && <Field label="Name of the new column" value={fresh} onChange={(event) => setFresh(event.target.value)} />}
        <Field
          label="Classes"
          hint="With commas between them; each gets a key. More can be added while you label."
          value={text}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="row g12">
          <Button kind="main" disabled={why !== ""} onClick={() => onBegin(target, classes)}>
            Label rows
          </Button>
          {why && <span className="t12 dim">{why}</span>}
        </div>
      </div>
    </Card>
  );
}

function classesOf(summary: TableSummary, column: string): string[] {
  const found = summary.columns.find(({ name }) => name === column);
  return (found?.top ?? []).map(({ value }) => String(value)).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
