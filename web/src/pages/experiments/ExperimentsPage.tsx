import { useMemo, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { usePages } from "../../api/usePages";
import { Sparkline } from "../../charts/Sparkline";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { isGoing, State } from "../../parts/State";
import { type Column, Pages, Table } from "../../parts/Table";
import { useToast } from "../../parts/Toast";
import { when } from "../../parts/times";
import { type DraftSummary, type ExperimentSummary, LIST } from "./api";
import { copyExperiment, deleteCopy, renameExperiment } from "./naming";
import { NameField } from "./NameField";
import { ImportSheet } from "./ImportSheet";
import { NewSheet } from "./NewSheet";
import "./experiments.css";

const SIZE = 50;
const isGoingNow = ({ LatestRun }: ExperimentSummary) => isGoing(LatestRun?.StatusCode);
const to = (name: string) => `/experiments/${encodeURIComponent(name)}`;

/** `/experiments`: each with its last run, its main metric and how that developed. */
export default function ExperimentsPage() {
  const [, go] = useLocation();
  const [query, setQuery] = useSearchParams();
  const dataset = query.get("dataset") ?? undefined;
  const making = query.has("new") || dataset !== undefined;
  const [importing, setImporting] = useState(false);
  const [deleting, setDeleting] = useState<string>();
  const [naming, setNaming] = useState<string>();
  const toast = useToast();
  const [failure, setFailure] = useState<unknown>();
  const { rows, pager, error, isPending, isEmpty: noneSaved } = usePages<ExperimentSummary>(LIST, { size: SIZE, going: isGoingNow });
  const drafts = useLive<DraftSummary[]>("/workspaces/{workspace}/drafts", { query: { limit: 1000 } });
  const changed = useMemo(() => new Map(drafts.data?.map(({ name, updatedAt }) => [name, updatedAt])), [drafts.data]);
  // With several pages, a draft may be of an experiment on another one.
  const onlyDrafts = pager ? [] : [...changed.keys()].filter((name) => !rows.some(({ Name }) => Name === name));
  const remove = async (name: string) => {
    setFailure(undefined);
    try {
      const isSaved = rows.some(({ Name }) => Name === name);
      await call("DELETE", isSaved ? `${LIST}/{experiment}` : `${LIST}/{experiment}/draft`, { path: { experiment: name } });
      await refresh("/workspaces/{workspace}/drafts", LIST);
    } catch (error) {
      setFailure(error);
    } finally {
      setDeleting(undefined);
    }
  };
  const act = (doing: Promise<unknown>) => {
    setFailure(undefined);
    doing.catch(setFailure);
  };
  const acts: Acts = {
    go,
    naming,
    rename: setNaming,
    renamed: (name, wanted) => toast(`${name} is now called ${wanted}`, () => act(renameExperiment(wanted, name))),
    copy: (name) => act(copyExperiment(name).then((made) => {
      const isSaved = rows.some(({ Name }) => Name === name);
      toast(`${made} is there`, () => act(deleteCopy(made, isSaved)));
      setNaming(made);
    })),
    remove: setDeleting,
  };
  const going = rows.filter(isGoingNow).length;
  const isEmpty = noneSaved && onlyDrafts.length === 0;
  const begin = (
    <>
      <Button icon="imp" onClick={() => setImporting(true)}>
        Import
      </Button>
      <Button kind="main" icon="plus" onClick={() => setQuery({ new: "1" })}>
        New experiment
      </Button>
    </>
  );
  return (
    <div className="page">
      <PageHead title="Experiments" sub={isEmpty ? undefined : sentence(going)} actions={!isEmpty && begin} />
      {failure !== undefined && <ErrorMessage error={failure} />}
      {error && <ErrorMessage error={error} />}
      {isPending && <Loading rows={6} />}
      {isEmpty && (
        <div className="card">
          <Empty title="No experiments yet" actions={begin}>
            Draw one on the canvas, or import one that was exported from Azure Machine Learning Studio (classic).
          </Empty>
        </div>
      )}
      {(rows.length > 0 || onlyDrafts.length > 0) && (
        <div className="card">
          <Table label="Experiments" className="exps" columns={columns(changed, acts)} rows={[...onlyDrafts.map(draftRow), ...rows]} rowKey={({ Name }) => Name} />
          {pager && <Pages {...pager} />}
        </div>
      )}
      <NewSheet key={dataset} open={making} close={() => setQuery({}, { replace: true })} dataset={dataset} />
      <ImportSheet open={importing} close={() => setImporting(false)} />
      <Confirm open={deleting !== undefined} close={() => setDeleting(undefined)} title={`Delete ${deleting?.slice(0, 80) ?? ""}?`} act="Delete it" onAct={() => void remove(deleting ?? "")}>
        Its versions, runs and kept results go with it. Web services published from it stay and keep answering.
      </Confirm>
    </div>
  );
}

function sentence(going: number): string {
  if (going === 0) return "Nothing runs at the moment.";
  return going === 1 ? "One of them runs now." : `${going} of them run now.`;
}

function draftRow(name: string): ExperimentSummary {
  return { Name: name, Version: 0, UpdatedAt: "", LatestRun: null, Metric: null, MetricHistory: [] };
}

interface Acts {
  go: (path: string) => void;
  /** The experiment whose name is a field. */
  naming: string | undefined;
  rename: (name: string | undefined) => void;
  renamed: (name: string, wanted: string) => void;
  copy: (name: string) => void;
  remove: (name: string) => void;
}

function columns(drafts: ReadonlyMap<string, string>, { go, naming, rename, renamed, copy, remove }: Acts): Column<ExperimentSummary>[] {
  return [
    {
      name: "Experiment",
      heads: true,
      cell: ({ Name }) =>
        naming === Name ? (
          <NameField name={Name} renamed={(wanted) => renamed(Name, wanted)} close={() => rename(undefined)} />
        ) : (
          <Link href={to(Name)} className="target cut" title={Name}>
            {Name}
          </Link>
        ),
    },
    {
      name: "Last run",
      cell: ({ LatestRun, Version }) => (LatestRun ? <State state={LatestRun.StatusCode} /> : <span className="faint">{Version === 0 ? "Only a draft" : "Never run"}</span>),
    },
    { name: "When", cell: ({ LatestRun, UpdatedAt, Name }) => <span className="dim">{when(LatestRun?.EndTime ?? LatestRun?.CreationTime ?? (UpdatedAt || drafts.get(Name)))}</span> },
    {
      name: "Main metric",
      figure: true,
      cell: ({ Metric }) =>
        Metric?.Value == null ? (
          <span className="faint">–</span>
        ) : (
          <>
            <b className="med">{Metric.Value.toPrecision(4)}</b> <span className="faint t12">{Metric.Name}</span>
          </>
        ),
    },
    {
      name: "Its history",
      cell: ({ MetricHistory, Metric }) =>
        MetricHistory.length > 1 && <Sparkline values={MetricHistory} name={`${Metric?.Name ?? "Metric"} over ${MetricHistory.length} runs`} width={96} />,
    },
    {
      name: "Version",
      figure: true,
      cell: ({ Version, Name }) => (
        <>
          {drafts.has(Name) && <span className="tag line">Draft</span>} {Version > 0 && Version}
        </>
      ),
    },
    {
      name: "",
      label: "Actions",
      cell: ({ Name }) => (
        <Menu
          label={`More for ${Name.slice(0, 80)}`}
          size="s"
          entries={[
            { name: "Open", icon: "graph", act: () => go(to(Name)) },
            { name: "Set up web service", icon: "globe", act: () => go(`${to(Name)}/webservice`) },
            { name: "Rename", icon: "pen", act: () => rename(Name) },
            { name: "Copy", icon: "copy", act: () => copy(Name) },
            { name: "Delete", icon: "x", danger: true, act: () => remove(Name) },
          ]}
        />
      ),
    },
  ];
}
