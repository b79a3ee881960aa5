import { Link } from "wouter";
import { State } from "../../parts/State";
import { type Column, Table } from "../../parts/Table";
import { lasting } from "../../parts/times";
import type { RunModule } from "../designer/api";
import { runPath } from "./work";

interface ModuleTableProps {
  experiment: string;
  run: string;
  modules: readonly RunModule[];
  going: boolean;
}

function stateWord({ StatusCode, Reused }: RunModule, going: boolean): string {
  if (StatusCode === "Finished" && Reused) return "Reused";
  return StatusCode === "NotStarted" && !going ? "NotRun" : StatusCode;
}

/** The modules of a run in their order; a port's rows lead to what it delivered. */
export function ModuleTable({ experiment, run, modules, going }: ModuleTableProps) {
  const columns: Column<RunModule>[] = [
    { name: "State", cell: (module) => <State state={stateWord(module, going)} /> },
    {
      name: "Module",
      heads: true,
      cell: ({ Title, Module }) => (
        <span className="open cut" title={`${Title}: ${Module}`}>
          {Title} {Title !== Module && <span className="dim n4">{Module}</span>}
        </span>
      ),
    },
    { name: "Time", figure: true, cell: ({ Seconds }) => lasting(Seconds) },
    { name: "Delivered", cell: ({ Title, RowsOut }) => <Ports to={`${runPath(experiment, run)}/data/${encodeURIComponent(Title)}`} rows={RowsOut} /> },
    {
      name: "Why",
      cell: ({ Error: error, Reason }) =>
        (error ?? Reason) && (
          <span className={`${error ? "bad" : "dim"} cut came`} title={error ?? Reason ?? undefined}>
            {error ?? Reason}
          </span>
        ),
    },
  ];
  return <Table label="Modules" className="modules" columns={columns} rows={modules} rowKey={({ Title }) => Title} />;
}

function Ports({ to, rows }: { to: string; rows: Readonly<Record<string, number>> }) {
  return Object.entries(rows).map(([port, count]) => (
    <Link key={port} className="link port-link" href={`${to}/${encodeURIComponent(port)}`} title={port}>
      {count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`}
    </Link>
  ));
}
