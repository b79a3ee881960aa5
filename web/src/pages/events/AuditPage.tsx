import { useState } from "react";
import { usePages } from "../../api/usePages";
import { useSettled } from "../../api/useSettled";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { State } from "../../parts/State";
import { type Column, Pages, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { type Act, actionWords, outcomeOf, shortPath, startOfDay } from "./audit";
import { AUDIT, saveAudit } from "./saveAudit";
import { WatchHead } from "./WatchHead";
import "../../parts/twoRows.css";
import "./events.css";

/** `/events/audit`: who changed what in the workspace or read its keys, newest first. */
export default function AuditPage() {
  const [typed, setTyped] = useState("");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [saving, setSaving] = useState<string>();
  const [failed, setFailed] = useState<unknown>();
  const text = useSettled(typed.trim());
  const query = { ...(text && { q: text }), since: startOfDay(from), until: startOfDay(to, 1) };
  const { rows, pager, error, isPending, isEmpty } = usePages<Act>(AUDIT, { query });
  const isFiltered = Boolean(text || from || to);
  const save = async (format: "csv" | "jsonl") => {
    setFailed(undefined);
    try {
      await saveAudit(query, format, (pages) => setSaving(`Saving, ${pages.toLocaleString("en")} pages`));
    } catch (found) {
      setFailed(found);
    } finally {
      setSaving(undefined);
    }
  };
  return (
    <div className="page">
      <WatchHead
        here="/events/audit"
        title="Audit log"
        sub="Who changed what, or read keys, with which credential, from where."
        actions={
          <Menu
            label="Export"
            icon="get"
            entries={[
              { name: "All that is found, as CSV", icon: "table", act: () => void save("csv") },
              { name: "All that is found, as JSON lines", icon: "code", act: () => void save("jsonl") },
            ]}
          >
            {saving ?? "Export"}
          </Menu>
        }
      />
      <div className="filters">
        <Field label="Search" labelHidden type="search" icon="search" placeholder="Who, from where, what or path" data-search maxLength={200} value={typed} onChange={(event) => setTyped(event.target.value)} />
        <span className="row g6 days">
          <Field label="From" labelHidden type="date" aria-label="From" value={from} onChange={(event) => setFrom(event.target.value)} />
          <span className="dim">to</span>
          <Field label="To" labelHidden type="date" aria-label="To" value={to} onChange={(event) => setTo(event.target.value)} />
        </span>
      </div>
      {[error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {isPending && <Loading rows={10} />}
      {isEmpty && !isFiltered && !pager && (
        <div className="card">
          <Empty title="Nothing was done yet">Each creation, change and deletion stands here, and each reading of keys.</Empty>
        </div>
      )}
      {(rows.length > 0 || pager || (isEmpty && isFiltered)) && (
        <div className="card">
          {rows.length === 0 ? (
            <p className="pad dim">{pager?.next ? "Nothing in this part of the log; the next page looks further back." : "Nothing in the log matches."}</p>
          ) : (
            <Table label="Audit log" className="two-rows" columns={COLUMNS} rows={rows} rowKey={(act) => `${act.At} ${act.RequestId} ${act.Path}`} />
          )}
          {pager && <Pages {...pager} />}
        </div>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<Act>[] = [
  {
    name: "What",
    heads: true,
    cell: ({ Action, Method, Path }) => (
      <>
        <span className="target">{actionWords(Action)}</span>
        <span className="faint t12 cut other" title={Path}>{`${Method} ${shortPath(Path)}`}</span>
      </>
    ),
  },
  {
    name: "Who",
    cell: ({ By, Name }) => (
      <>
        <span className="wide cut">{Name ?? By}</span>
        {Name && <span className="faint t12 cut other">{By}</span>}
      </>
    ),
  },
  { name: "From", cell: ({ From }) => <span className="dim">{From ?? ""}</span> },
  {
    name: "Outcome",
    cell: ({ Status, RequestId }) => {
      const { state, word } = outcomeOf(Status);
      return (
        <span title={RequestId ? `Request ${RequestId}` : undefined}>
          <State state={state} word={word} />
        </span>
      );
    },
  },
  { name: "When", figure: true, cell: ({ At }) => <time className="dim" dateTime={At} title={At}>{when(At)}</time> },
];
