import { useState } from "react";
import { useLive } from "../../../api/poll";
import { shorten } from "../../../charts/Legend";
import { Button } from "../../../parts/Button";
import { Card } from "../../../parts/Card";
import { Select } from "../../../parts/Field";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage, Message } from "../../../parts/Message";
import { State } from "../../../parts/State";
import { type Column, Pages, Table } from "../../../parts/Table";
import { Segments } from "../../../parts/Tabs";
import { when } from "../../../parts/times";
import type { Traffic } from "../deploy/shapes";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import { cellText, type LogRow, readRows } from "./rows";
import { RowSheet } from "./RowSheet";
import { saveLog } from "./saveLog";
import { useSpanPages } from "./useSpanPages";
import "../../../parts/twoRows.css";

const SPANS = [["1h", "1 h"], ["24h", "24 h"], ["7d", "7 d"], ["30d", "30 d"]] as const;
type SpanWord = (typeof SPANS)[number][0];
const MOST_SCORES = 3;

/** The logged rows, latest first, of a time and a deployment; all cells of one in a sheet. */
export function RowsCard({ path }: { path: EndpointPath }) {
  const [span, setSpan] = useState<SpanWord>("24h");
  const [deployment, setDeployment] = useState("");
  const [open, setOpen] = useState<LogRow>();
  const [saving, setSaving] = useState<string>();
  const [failed, setFailed] = useState<unknown>();
  const { data: traffic } = useLive<Traffic>(`${ENDPOINT}/traffic`, { path });
  const query = { since: span, ...(deployment && { deployment }) };
  const { page, pager, error } = useSpanPages(path, query);
  const rows = page ? readRows(page) : [];
  const names = ["current", ...(traffic?.Deployments ?? []).map(({ Name }) => Name), deployment].filter((name, place, all) => name && all.indexOf(name) === place);
  const save = async () => {
    setFailed(undefined);
    setSaving("Saving");
    try {
      await saveLog(path, query, (done) => setSaving(`Saving, ${done.toLocaleString("en")} pages`));
    } catch (cause) {
      setFailed(cause);
    } finally {
      setSaving(undefined);
    }
  };
  return (
    <Card
      title="Rows"
      note="latest first"
      actions={
        <Button size="s" icon="get" busy={saving !== undefined} disabled={rows.length === 0} onClick={() => void save()}>
          {saving ?? "CSV"}
        </Button>
      }
    >
      <div className="filters pad">
        <Segments label="Time" options={SPANS} value={span} choose={setSpan} />
        <Select label="Deployment" labelHidden size="s" options={[["", "All deployments"], ...names.map((name) => [name, name] as const)]} value={deployment} onChange={(event) => setDeployment(event.target.value)} />
      </div>
      {[error, failed].map((found, place) => found != null && <div className="pad" key={place}><ErrorMessage error={found} /></div>)}
      {page && page.Missing > 0 && (
        <div className="pad">
          <Message kind="warn">{`The log lacks ${page.Missing.toLocaleString("en")} ${page.Missing === 1 ? "row" : "rows"} of these hours: storage did not respond for longer than they could wait.`}</Message>
        </div>
      )}
      {!page && !error && <Loading rows={8} />}
      {page && rows.length === 0 && <p className="pad dim">{pager ? "No further rows." : `No rows were kept in this time${deployment ? ` that ${deployment} scored` : ""}. Rows appear about two seconds after they were scored.`}</p>}
      {rows.length > 0 && <Table label="Logged rows" className="two-rows log-rows" columns={columnsOf(rows, setOpen)} rows={rows} rowKey={({ key }) => key} />}
      {pager && <Pages {...pager} />}
      <RowSheet row={open} close={() => setOpen(undefined)} />
    </Card>
  );
}

function columnsOf(rows: readonly LogRow[], open: (row: LogRow) => void): Column<LogRow>[] {
  const names = [...new Set(rows.flatMap(({ scores }) => scores.map(([name]) => name)))].slice(0, MOST_SCORES);
  const hasTruth = rows.some(({ truth }) => truth !== null);
  return [
    {
      name: "Row",
      heads: true,
      cell: (row) => (
        <button type="button" className="link-b target cut" title={row.id} onClick={() => open(row)}>
          {row.id}
        </button>
      ),
    },
    { name: "Scored", cell: ({ at }) => <time className="dim" dateTime={at} title={at}>{when(at)}</time> },
    { name: "By", cell: ({ deployment, version, mode }) => <span className="dim">{`${deployment}, version ${version}${mode === "request" ? "" : `, ${mode}`}`}</span> },
    ...names.map((name): Column<LogRow> => ({ name, figure: true, cell: (row) => <span data-name={shorten(name, 40)}>{cellText(row.scores.find(([other]) => other === name)?.[1])}</span> })),
    ...(hasTruth
      ? [
          {
            name: "Truth",
            cell: ({ truth, right }: LogRow) =>
              truth === null ? <span className="faint">not yet</span> : right === undefined ? <span data-name="Truth">{cellText(truth)}</span> : <State state={right ? "passed" : "notpassed"} word={`${cellText(truth)}, ${right ? "right" : "wrong"}`} />,
          },
        ]
      : []),
  ];
}
