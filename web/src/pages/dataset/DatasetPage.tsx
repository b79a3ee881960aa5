import { useLive } from "../../api/poll";
import { LinkButton } from "../../parts/Button";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import type { TableSummary } from "./table";
import { TableView } from "./TableView";
import { tableSentence } from "./words";

const DATASET = "/workspaces/{workspace}/datasets/{dataset}";

/** A dataset of the workspace, as Import Data reads it. */
export default function DatasetPage({ name }: { name: string }) {
  const path = { dataset: name };
  const found = useLive<TableSummary>(`${DATASET}/summary`, { path });
  return (
    <div className="page" id="p-dataset">
      <PageHead
        title={name}
        crumbs={[["Datasets", "/datasets"]]}
        sub={found.data && tableSentence(found.data)}
        actions={
          <>
            <LinkButton to={`/datasets/${encodeURIComponent(name)}/label`} icon="pen">
              Label rows
            </LinkButton>
            <LinkButton kind="main" icon="graph" to={`/experiments?dataset=${encodeURIComponent(name)}`}>
              Use in an experiment
            </LinkButton>
          </>
        }
      />
      {found.error && <ErrorMessage error={found.error} />}
      {found.isPending && <Loading rows={10} />}
      {found.data && (
        <TableView key={found.data.etag} title={name} summary={found.data} source={{ summary: `${DATASET}/summary`, rows: `${DATASET}/rows`, table: `${DATASET}/table`, path }} />
      )}
    </div>
  );
}
