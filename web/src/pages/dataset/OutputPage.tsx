import { titleInRun } from "../../api/address";
import { useLive } from "../../api/poll";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { ModelSummary } from "./ModelSummary";
import type { TableSummary } from "./table";
import { TableView } from "./TableView";
import { tableSentence } from "./words";

const RUN = "/workspaces/{workspace}/experiments/{experiment}/runs/{run}";
const OUTPUT = `${RUN}/outputs/{module}/{port}`;

interface OutputPageProps {
  name: string;
  run: string;
  module: string;
  port: string;
}

/** What a module delivered at one of its ports in a run. */
export default function OutputPage({ name, run, module, port }: OutputPageProps) {
  const path = { experiment: name, run, module, port };
  const found = useLive<TableSummary>(OUTPUT, { path, once: true });
  // The address may name the module by its place in the run only.
  const { data: told } = useLive<{ Modules: { Title: string }[] }>(RUN, { path: { experiment: name, run }, once: true, enabled: module.startsWith("~") });
  const isTable = found.data?.kind === "dataset";
  return (
    <div className="page" id="p-dataset">
      <PageHead
        title={titleInRun(module, told?.Modules)}
        crumbs={[
          ["Experiments", "/experiments"],
          [name, `/experiments/${encodeURIComponent(name)}`],
          [`Run ${run.slice(0, 8)}`, `/experiments/${encodeURIComponent(name)}/runs/${encodeURIComponent(run)}`],
        ]}
        sub={found.data && (isTable ? `${port}: ${tableSentence(found.data)}` : port)}
      />
      {found.error && <ErrorMessage error={found.error} />}
      {found.isPending && <Loading rows={10} />}
      {found.data && isTable && <TableView title={`${titleInRun(module, told?.Modules)} ${port}`} summary={found.data} source={{ summary: OUTPUT, rows: `${OUTPUT}/rows`, table: `${OUTPUT}/table`, path }} />}
      {found.data && !isTable && <ModelSummary summary={found.data} />}
    </div>
  );
}
