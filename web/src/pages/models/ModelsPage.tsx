import { useState } from "react";
import { Link } from "wouter";
import { usePages } from "../../api/usePages";
import { figure } from "../../charts/figures";
import { Button, LinkButton } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { type Column, Pages, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { mainMetric } from "../services/ModelsCard";
import { ImportSheet } from "./ImportSheet";
import { type Model, modelPath, MODELS, taskWords, usedWords } from "./words";
import "./models.css";

const SIZE = 25;

/** `/models`: the trained models of the workspace, each with its latest version and where it answers. */
export default function ModelsPage() {
  const [typed, setTyped] = useState("");
  const [importing, setImporting] = useState(false);
  const q = typed.trim();
  const { rows, pager, error, isPending, isEmpty } = usePages<Model>(MODELS, { size: SIZE, ...(q && { query: { q } }) });
  const nothing = isEmpty && q === "";
  return (
    <div className="page" id="p-models">
      <PageHead
        title="Models"
        sub={nothing ? undefined : "The latest version of each, and the endpoints that use it."}
        actions={
          <>
            <Button icon="imp" onClick={() => setImporting(true)}>
              Import a model
            </Button>
          </>
        }
      />
      {!nothing && (
        <div className="row w">
          <div className="search">
            <Field label="Find a model" labelHidden type="search" icon="search" placeholder="Find a model" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </div>
        </div>
      )}
      {error && <ErrorMessage error={error} />}
      {isPending && <Loading rows={6} />}
      {isEmpty && (
        <div className="card">
          {nothing ? (
            <Empty
              title="No models yet"
              actions={
                <LinkButton kind="main" icon="graph" to="/experiments">
                  Open experiments
                </LinkButton>
              }
            >
              Publish an experiment that trains one, run a training service, or import a file.
            </Empty>
          ) : (
            <Empty title="No model is called that">Its name has to contain what was typed.</Empty>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <div className="card">
          <Table label="Models" className="two-rows" columns={COLUMNS} rows={rows} rowKey={({ Name }) => Name} />
          {pager && <Pages {...pager} />}
        </div>
      )}
      <ImportSheet open={importing} close={() => setImporting(false)} />
    </div>
  );
}

const COLUMNS: Column<Model>[] = [
  {
    name: "Model",
    heads: true,
    cell: (model) => (
      <>
        <Link className="target cut" href={modelPath(model.Name)} title={model.Name}>
          {model.Name}
        </Link>
        <span className="faint t12 cut other">{model.Learner ?? " "}</span>
      </>
    ),
  },
  { name: "Predicts", cell: (model) => <span className="dim">{taskWords(model.Task ?? "")}</span> },
  {
    name: "Main metric",
    figure: true,
    cell: (model) => {
      const metric = mainMetric(model);
      return metric ? (
        <>
          <b className="med">{figure(metric[1])}</b> <span className="faint t12">{metric[0]}</span>
        </>
      ) : (
        <span className="faint">Not evaluated</span>
      );
    },
  },
  { name: "Version", figure: true, cell: ({ Version }) => <span data-name="Version">{Version}</span> },
  { name: "Scored by", cell: ({ Runtime }) => Runtime && <span className="tag">{Runtime}</span> },
  { name: "Trained", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
  { name: "Used by", cell: ({ UsedBy, Version }) => <span className={UsedBy.length === 0 ? "faint" : ""}>{usedWords(UsedBy, Version)}</span> },
];
