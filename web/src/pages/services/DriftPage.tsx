import { useState } from "react";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { State } from "../../parts/State";
import { type Column, Table } from "../../parts/Table";
import "../../parts/twoRows.css";
import { Segments } from "../../parts/Tabs";
import { Distributions, MeasureLine } from "./drift/DriftPictures";
import { type Drift, type DriftColumn, inOrder, leading, measureWords, verdict } from "./drift/report";
import { EndpointHead } from "./EndpointTabs";
import { ENDPOINT } from "./shapes";
import "../../charts/charts.css";

const SPANS = [["hour", "By hour"], ["day", "By day"]] as const;

/** How far the logged rows of an endpoint are from those that its model was trained on. */
export default function DriftPage({ service = "", endpoint = "" }: { service?: string; endpoint?: string }) {
  const path = { service, endpoint };
  const [by, setBy] = useState<"hour" | "day">("day");
  const { data, error } = useLive<Drift>(`${ENDPOINT}/drift`, { path, query: { by } });
  return (
    <div className="page">
      <EndpointHead
        path={path}
        here="drift"
        title={`Drift of ${endpoint}`}
        sub={data && verdict(data)}
        actions={<Segments label="Windows" options={SPANS} value={by} choose={setBy} />}
      />
      {error && <ErrorMessage error={error} />}
      {!data && !error && <Loading rows={8} />}
      {data?.Lacks.map((lack) => (
        <Message key={lack} kind="warn">
          {lack}
        </Message>
      ))}
      {data?.Columns.length === 0 && (
        <Empty title="Nothing to compare yet">
          An endpoint&apos;s logged rows are compared with the rows that its model was trained on, each hour and each day. Switch its prediction log on first.
        </Empty>
      )}
      {data && data.Columns.length > 0 && <Columns report={data} />}
    </div>
  );
}

function Columns({ report }: { report: Drift }) {
  const rows = report.Rows.toLocaleString("en");
  return (
    <Card
      title="Columns"
      note={`${rows} ${report.Rows === 1 ? "row" : "rows"} in ${report.Windows.length} ${report.By}${report.Windows.length === 1 ? "" : "s"}`}
      footer={<p className="t12 dim">Grey: the training. Coloured: the logged rows. The line is the measure nearest to its threshold, the dashes are the threshold.</p>}
    >
      <Table label="Columns and how far they are from the training" className="two-rows" columns={COLUMNS} rows={inOrder(report.Columns)} rowKey={({ Of, Name }) => `${Of} ${Name}`} />
    </Card>
  );
}

const COLUMNS: readonly Column<DriftColumn>[] = [
  { name: "Column", heads: true, cell: ({ Name }) => <span className="cut" title={Name}>{Name.length > 28 ? `${Name.slice(0, 27)}…` : Name}</span> },
  { name: "Of", cell: ({ Of, Kind }) => <span className="dim">{`${Of}, ${Kind}`}</span> },
  { name: "State", cell: (column) => <Verdict column={column} /> },
  {
    name: "Measure",
    cell: (column) => {
      const found = leading(column);
      return found?.latest != null && <span title={`The threshold is ${figure(found.threshold, 3)}`}>{`${measureWords(found.measure)} ${figure(found.latest, 3)} of ${figure(found.threshold, 3)}`}</span>;
    },
  },
  {
    name: "Over time",
    cell: (column) => {
      const found = leading(column);
      return found?.latest != null && <MeasureLine column={column} found={found} />;
    },
  },
  { name: "Training and now", cell: (column) => <Distributions column={column} /> },
];

function Verdict({ column }: { column: DriftColumn }) {
  const { Drifts, Lacks, Judged, Fired } = column;
  if (Lacks) return <span className="t12 dim said">{Lacks}</span>;
  if (Drifts) return <State state="notpassed" word={`Drifts: ${(Fired.at(-1) ?? []).map(measureWords).join(", ")}`} />;
  if (leading(column)?.latest == null) return <span className="t12 dim">Nothing counted yet</span>;
  return <State state={Judged ? "passed" : "skipped"} word={Judged ? "No drift" : "Not judged: times move"} />;
}
