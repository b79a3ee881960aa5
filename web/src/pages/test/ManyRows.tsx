import { type DragEvent, useRef, useState } from "react";
import { call } from "../../api/client";
import { useLive } from "../../api/poll";
import { dataTypeOf, uploadDataset } from "../../api/upload";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { ErrorMessage, Message } from "../../parts/Message";
import { isGoing, State } from "../../parts/State";

interface ManyRowsProps {
  endpoint: { ApiLocation: string; PrimaryKey: string };
  /** The name of the service's input. */
  input: string;
}

interface Location {
  BaseUri: string;
  Location: string;
  AccessCredential: string;
}

interface JobStatus {
  StatusCode: string;
  Details: string | null;
  Results: Record<string, { BaseLocation: string; RelativeLocation: string; SasBlobToken: string }> | null;
}

/** A file of rows: dropped, uploaded in blocks, scored by a batch job, downloaded. */
export function ManyRows({ endpoint, input }: ManyRowsProps) {
  const [over, setOver] = useState(false);
  const [share, setShare] = useState<number | null>(null);
  const [job, setJob] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const picker = useRef<HTMLInputElement>(null);
  const address = new URL(endpoint.ApiLocation).pathname;
  const headers = { authorization: `Bearer ${endpoint.PrimaryKey}` };

  const start = async (file: File) => {
    setError(null);
    setJob(null);
    setShare(0);
    try {
      const source = await upload(file, setShare);
      const Inputs = { [input]: { BaseLocation: source.BaseUri, RelativeLocation: source.Location, SasBlobToken: source.AccessCredential } };
      const query = { "api-version": "2.0" };
      const made = await call<string>("POST", `${address}/jobs`, { body: { Inputs, Outputs: {}, GlobalParameters: {} }, headers, query });
      await call("POST", `${address}/jobs/${made.body}/start`, { headers, query, body: "" });
      setJob(made.body);
    } catch (found) {
      setError(found);
    } finally {
      setShare(null);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) void start(file);
  };

  return (
    <section
      className={`s12 drop${over ? " over" : ""}`}
      aria-label="Many rows"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="imp" size="l" />
      <div className="grow">
        {share !== null ? (
          <span role="status">{`Uploading, ${Math.round(100 * share)} %`}</span>
        ) : job !== null ? (
          <Job address={`${address}/jobs/${job}`} headers={headers} />
        ) : (
          <>
            <b className="med">Many rows?</b>{" "}
            <span className="dim">Drop a CSV, TSV or ARFF file here. It runs as a batch job, and you download the answers.</span>
          </>
        )}
        {error !== null && <ErrorMessage error={error} />}
      </div>
      <input
        ref={picker}
        type="file"
        className="sr"
        tabIndex={-1}
        aria-label="A file of rows"
        accept=".csv,.tsv,.arff"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) void start(file);
          event.target.value = "";
        }}
      />
      <Button busy={share !== null} onClick={() => picker.current?.click()}>
        Choose a file
      </Button>
    </section>
  );
}

async function upload(file: File, progress: (share: number) => void): Promise<Location> {
  const dataType = dataTypeOf(file.name);
  if (dataType === undefined || dataType === "Zip") {
    throw new Error(`'${file.name.slice(0, 80)}' is no CSV, TSV or ARFF file.`);
  }
  // A name of its own: a second drop of the same file is another job's input.
  const name = `${file.name.replace(/\.[^.]*$/, "").replace(/[^\w .-]/g, "_").slice(0, 60)} ${new Date().toISOString().replace(/\D/g, "").slice(0, 17)}`;
  const id = await uploadDataset(file, name, dataType, { progress });
  const found = await call<{ DownloadLocation: Location }>("GET", "/api/workspaces/{workspace}/datasources/{id}", { path: { id } });
  const link = found.body.DownloadLocation;
  // It is written as a part of a URL; a job names the blob itself.
  return { ...link, Location: decodeURIComponent(link.Location) };
}

function Job({ address, headers }: { address: string; headers: Record<string, string> }) {
  const { data, error } = useLive<JobStatus>(address, {
    headers,
    query: { "api-version": "2.0" },
    going: (found) => isGoing(found.StatusCode),
  });
  if (error) return <ErrorMessage error={error} />;
  if (!data) return <State state="NotStarted" />;
  return (
    <div className="row g12 w" role="status">
      <State state={data.StatusCode} />
      {data.StatusCode === "Failed" && <Message kind="fail">{data.Details}</Message>}
      {Object.entries(data.Results ?? {}).map(([name, link]) => (
        <a key={name} className="b sm" href={`${link.BaseLocation}${link.RelativeLocation}${link.SasBlobToken}`} download>
          <Icon name="get" />
          {`Download ${name}`}
        </a>
      ))}
    </div>
  );
}
