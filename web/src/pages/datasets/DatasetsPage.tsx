import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { call } from "../../api/client";
import { forget, refresh } from "../../api/poll";
import { usePages } from "../../api/usePages";
import { fileSize } from "../../charts/figures";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { type Column, Pages, Table } from "../../parts/Table";
import { PageTabs } from "../../parts/Tabs";
import { when } from "../../parts/times";
import { DATA, type Dataset, datasetPath, kindName, SOURCES } from "./kinds";
import { SamplesTable } from "./SamplesTable";
import { UploadCard } from "./UploadCard";
import "./datasets.css";

const DATASETS = "/workspaces/{workspace}/datasets";

/** `/datasets`: the workspace's own and the samples, and the place to drop new ones. */
export default function DatasetsPage() {
  const [query] = useSearchParams();
  const showsSamples = query.has("samples");
  return (
    <div className="page" id="p-datasets">
      <PageHead title="Datasets" sub="Rows to train on and to score, read by name in experiments, jobs and policies." />
      <PageTabs
        label="Which datasets"
        tabs={[
          { to: "/datasets", name: "Of this workspace", here: !showsSamples },
          { to: "/datasets?samples", name: "Samples", here: showsSamples },
        ]}
      />
      {showsSamples ? (
        <SamplesTable />
      ) : (
        <>
          <UploadCard />
          <OwnDatasets />
        </>
      )}
    </div>
  );
}

function OwnDatasets() {
  const [typed, setTyped] = useState("");
  const q = typed.trim();
  const { rows, pager, error, isPending, isEmpty } = usePages<Dataset>(DATA, q ? { query: { q } } : {});
  const nothing = isEmpty && q === "";
  const [deleting, setDeleting] = useState<Dataset>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [, go] = useLocation();
  const remove = async ({ Name, FamilyId }: Dataset) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await call("DELETE", `${SOURCES}/family/{family}`, { path: { family: FamilyId } });
      forget(`${DATASETS}/{dataset}`);
      await refresh(DATA, SOURCES);
    } catch (found) {
      setFailure(found);
    } finally {
      setBusy(false);
      setDeleting((now) => (now?.Name === Name ? undefined : now));
    }
  };
  return (
    <>
      {[error, failure].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {!nothing && (
        <div className="row w">
          <div className="search">
            <Field label="Find a dataset" labelHidden type="search" icon="search" placeholder="Find a dataset" data-search value={typed} onChange={(event) => setTyped(event.target.value)} />
          </div>
        </div>
      )}
      {isPending && <Loading rows={6} />}
      {isEmpty && (
        <div className="card">
          {nothing ? (
            <Empty title="No datasets yet">Drop a file above, or begin with a sample.</Empty>
          ) : (
            <Empty title="No dataset is called that">Its name has to contain what was typed.</Empty>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <div className="card">
          <Table label="Datasets" className="two-rows" columns={columns(setDeleting, go)} rows={rows} rowKey={({ Name }) => Name} />
          {pager && <Pages {...pager} />}
        </div>
      )}
      <Confirm
        open={deleting !== undefined}
        close={() => setDeleting(undefined)}
        title={`Delete ${deleting?.Title.slice(0, 80) ?? ""}?`}
        act="Delete dataset"
        busy={busy}
        onAct={() => void (deleting && remove(deleting))}
      >
        The file is gone for good. Experiments, jobs and policies that read it by its name fail until there is one of that name again.
      </Confirm>
    </>
  );
}

function columns(remove: (dataset: Dataset) => void, go: (path: string) => void): Column<Dataset>[] {
  return [
    {
      name: "Dataset",
      heads: true,
      cell: ({ Name, Title }) => (
        <>
          <Link className="target cut" href={datasetPath(Name)} title={Name}>
            {Title || Name}
          </Link>
          {Title !== Name && Title !== "" && <span className="faint t12 cut other">{Name}</span>}
        </>
      ),
    },
    { name: "Kind", cell: ({ DataTypeId }) => <span className="tag">{kindName(DataTypeId)}</span> },
    { name: "Size", figure: true, cell: ({ Size }) => fileSize(Size) },
    { name: "Changed", cell: ({ CreationTime }) => <span className="dim">{when(CreationTime)}</span> },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (dataset) => (
        <Menu
          label={`More for ${dataset.Title.slice(0, 80)}`}
          size="s"
          entries={[
            { name: "Open", icon: "table", act: () => go(datasetPath(dataset.Name)) },
            { name: "Label rows", icon: "pen", act: () => go(`${datasetPath(dataset.Name)}/label`) },
            { name: "Delete", icon: "x", danger: true, act: () => remove(dataset) },
          ]}
        />
      ),
    },
  ];
}
