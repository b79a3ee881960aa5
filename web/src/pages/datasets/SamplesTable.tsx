import { useLive } from "../../api/poll";
import { fileSize } from "../../charts/figures";
import { Copy } from "../../parts/Copy";
import { Icon } from "../../parts/Icon";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { Table } from "../../parts/Table";
import { workspace } from "../../shell/session";
import { type DataSource, isSample, kindName, SOURCES } from "./kinds";

/** The samples that every workspace has: to be read by name, and never changed. */
export function SamplesTable() {
  const { data, error } = useLive<DataSource[]>(SOURCES, { once: true });
  const samples = (data ?? []).filter((source) => isSample(source, workspace()));
  if (error) return <ErrorMessage error={error} />;
  if (!data) return <Loading />;
  return (
    <div className="card">
      <Table
        label="Samples"
        rows={samples}
        rowKey={({ Id }) => Id}
        className="two-rows"
        columns={[
          { name: "Sample", heads: true, cell: ({ Name }) => <span className="cut target">{Name}</span> },
          { name: "Kind", cell: ({ DataTypeId }) => <span className="tag">{kindName(DataTypeId)}</span> },
          { name: "Size", figure: true, cell: ({ Size }) => fileSize(Size) },
          {
            name: "",
            label: "Actions",
            figure: true,
            cell: ({ Name, DownloadLocation: { BaseUri, Location, AccessCredential } }) => (
              <span className="row g4 end">
                <Copy text={Name} label={`Copy the name ${Name}`} />
                <a className="b quiet sm" href={`${BaseUri}${Location}${AccessCredential}`} download aria-label={`Download ${Name}`}>
                  <Icon name="get" />
                  Download
                </a>
              </span>
            ),
          },
        ]}
      />
      <p className="pad t12 dim">Import Data takes a sample by its name. Samples are the same in all workspaces, and are never changed.</p>
    </div>
  );
}
