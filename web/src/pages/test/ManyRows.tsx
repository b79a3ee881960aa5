import { useState } from "react";
import { type Callee, jobCall, type JobResults, ROW_FILES, startBatchJob } from "../../api/batch";
import { useLive } from "../../api/poll";
import { Downloads } from "../../parts/Downloads";
import { FilesDrop } from "../../parts/FilesDrop";
import { ErrorMessage, Message } from "../../parts/Message";
import { isGoing, State } from "../../parts/State";

interface ManyRowsProps {
  endpoint: Callee;
  /** The name of the service's input. */
  input: string;
}

/** A file of rows: dropped, uploaded in blocks, scored by a batch job, downloaded. */
export function ManyRows({ endpoint, input }: ManyRowsProps) {
  const [share, setShare] = useState<number | null>(null);
  const [job, setJob] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const start = async (file: File) => {
    setError(null);
    setJob(null);
    setShare(0);
    try {
      setJob(await startBatchJob(endpoint, { [input]: file }, setShare));
    } catch (found) {
      setError(found);
    } finally {
      setShare(null);
    }
  };
  return (
    <FilesDrop label="Many rows" className="s12" accept={ROW_FILES} busy={share !== null} take={([file]) => file && void start(file)}>
      {share !== null ? (
        <span role="status">{`Uploading, ${Math.round(100 * share)} %`}</span>
      ) : job !== null ? (
        <Job endpoint={endpoint} job={job} />
      ) : (
        <>
          <b className="med">Many rows?</b>{" "}
          <span className="dim">Drop a CSV, TSV or ARFF file here. It runs as a batch job, and you download the answers.</span>
        </>
      )}
      {error !== null && <ErrorMessage error={error} />}
    </FilesDrop>
  );
}

function Job({ endpoint, job }: { endpoint: Callee; job: string }) {
  const { route, ...rest } = jobCall(endpoint, job);
  const { data, error } = useLive<JobResults>(route, { ...rest, going: (found) => isGoing(found.StatusCode) });
  if (error) return <ErrorMessage error={error} />;
  if (!data) return <State state="NotStarted" />;
  return (
    <div className="row g12 w" role="status">
      <State state={data.StatusCode} />
      {data.StatusCode === "Failed" && <Message kind="fail">{data.Details}</Message>}
      <Downloads of={data.Results} />
    </div>
  );
}
