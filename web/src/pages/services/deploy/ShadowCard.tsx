import { type ReactNode, useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { figure, percent, signed } from "../../../charts/figures";
import { Button } from "../../../parts/Button";
import { Card } from "../../../parts/Card";
import { ErrorMessage, Message } from "../../../parts/Message";
import { State } from "../../../parts/State";
import { type Column, Table } from "../../../parts/Table";
import { when } from "../../../parts/times";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT, SERVICE } from "../shapes";
import { dayTable, type LiveDay } from "../log/live";
import { Spread } from "./Spread";
import type { Shadow, ShadowOutput } from "./shapes";

interface ShadowProps {
  path: EndpointPath;
  shadow: Shadow | null;
  start: ReactNode;
}

/** The candidate in the shadow: how its scores compare with those that were answered. */
export function ShadowCard({ path, shadow, start }: ShadowProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const end = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("DELETE", `${ENDPOINT}/shadow`, { path });
      await refresh(SERVICE);
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  if (shadow === null) {
    return (
      <Card title="Shadow" padded>
        <div className="col">
          <p className="dim">Nobody there. A candidate in the shadow scores what the endpoint scored, from its log, and answers nobody: so one sees how it differs before it answers.</p>
          <div>{start}</div>
        </div>
      </Card>
    );
  }
  const isRunning = shadow.State === "Running";
  return (
    <Card
      title="Shadow"
      note={`${shadow.Deployment}, ${shadow.Models.map(({ Version }) => `version ${Version}`).join(", ")}`}
      actions={
        isRunning ? (
          <Button size="s" busy={busy} onClick={() => void end()}>
            End the shadow
          </Button>
        ) : (
          start
        )
      }
      footer={<span>{`Rows since ${when(shadow.Since)}, scored until ${when(shadow.ScoredUntil)}${shadow.EndedAt ? `, ended ${when(shadow.EndedAt)}` : ""}.`}</span>}
    >
      <div className="cpad col g12">
        <div className="row w">
          <State state={isRunning ? "running" : "cancelled"} word={isRunning ? "Scores along" : "Ended"} pill />
          <span>{isRunning && shadow.Rows === 0 ? "The first rows are compared in about two minutes." : rowsWords(shadow)}</span>
        </div>
        {shadow.Details && <Message kind="warn">{shadow.Details}</Message>}
        {error !== undefined && <ErrorMessage error={error} />}
        {shadow.Outputs.map((output) => (
          <Output key={output.Output} output={output} several={shadow.Outputs.length > 1} />
        ))}
      </div>
      {shadow.LiveMetrics.length > 0 && <LatestTruths days={shadow.LiveMetrics} />}
    </Card>
  );
}

function rowsWords({ Rows, Failed }: Shadow): string {
  const rows = `${Rows.toLocaleString("en")} ${Rows === 1 ? "row" : "rows"} scored`;
  return `${rows}${Failed > 0 ? `, ${Failed.toLocaleString("en")} could not be` : ""}.`;
}

function Output({ output: { Output, Compared, Agreement, Changed, Differences }, several }: { output: ShadowOutput; several: boolean }) {
  return (
    <section className="col" aria-label={`Comparison of ${Output}`}>
      {several && <h3>{Output}</h3>}
      <dl className="facts">
        <div>
          <dt>Compared</dt>
          <dd>{Compared.toLocaleString("en")}</dd>
        </div>
        {Agreement !== null && (
          <div>
            <dt>Same label</dt>
            <dd>{percent(Agreement)}</dd>
          </div>
        )}
        {Differences && (
          <>
            <div>
              <dt>Mean difference of scores</dt>
              <dd>{signed(Differences.Mean)}</dd>
            </div>
            <div>
              <dt>Mean size of it</dt>
              <dd>{figure(Differences.MeanAbsolute, 3)}</dd>
            </div>
          </>
        )}
      </dl>
      {Differences && Compared > 0 && <Spread differences={Differences} />}
      {Changed.length > 0 && (
        <Table
          label="Labels that differ"
          rows={Changed}
          rowKey={({ From, To }) => `${From} ${To}`}
          columns={[
            { name: "Answered", heads: true, cell: ({ From }) => <span className="cut wide">{From}</span> },
            { name: "Candidate", cell: ({ To }) => <span className="cut wide">{To}</span> },
            { name: "Rows", figure: true, cell: ({ Rows }) => Rows.toLocaleString("en") },
            { name: "Share", figure: true, cell: ({ Rows }) => percent(Rows / Math.max(1, Compared)) },
          ]}
        />
      )}
    </section>
  );
}

/** The metrics of both on the truths of the latest day on which both have some. */
function LatestTruths({ days }: { days: readonly LiveDay[] }) {
  const latest = [...new Set(days.map(({ Day }) => Day))].reverse();
  const day = latest.find((one) => new Set(days.filter(({ Day, Measured }) => Day === one && Measured > 0).map(({ Deployment }) => Deployment)).size > 1) ?? latest[0];
  const { columns, rows } = dayTable(days.filter(({ Day }) => Day === day));
  return (
    <Table
      label={`Metrics on truths of ${day ?? ""}`}
      rows={rows}
      rowKey={([name]) => String(name)}
      columns={columns.map((name, place): Column<(typeof rows)[number]> => ({
        name: place === 0 ? `On truths of ${day ?? ""}` : name,
        heads: place === 0,
        figure: place > 0,
        cell: (row) => (place === 0 ? String(row[0]) : figure(row[place] as number | undefined)),
      }))}
    />
  );
}
