import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Card } from "../../../parts/Card";
import { FilesDrop } from "../../../parts/FilesDrop";
import { ErrorMessage, Message } from "../../../parts/Message";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import { partsOf, readTruths } from "./truths";

/** Larger files are uploaded to the app's storage, where the timer reads them. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What turned out to be right, as a file that is dropped: sent in parts, of which each may be repeated. */
export function TruthsCard({ path }: { path: EndpointPath }) {
  const [busy, setBusy] = useState<string>();
  const [done, setDone] = useState("");
  const [error, setError] = useState<unknown>();
  const [problem, setProblem] = useState("");
  const take = async ([file]: File[]) => {
    if (!file) return;
    setError(undefined);
    setProblem("");
    setDone("");
    setBusy(`Reading ${file.name}`);
    let sent = 0;
    try {
      if (file.size > MOST_BYTES) throw new Error(`${file.name} is larger than 64 MB. Upload it to the container feedback of the app's storage.`);
      const truths = readTruths(await file.text());
      for (const Truths of partsOf(truths)) {
        await call("POST", `${ENDPOINT}/feedback`, { path, body: { Truths } });
        sent += Truths.length;
        setBusy(`${sent.toLocaleString("en")} of ${truths.length.toLocaleString("en")} sent`);
      }
      setDone(truths.length === 0 ? `${file.name} has no rows.` : `${sent.toLocaleString("en")} ${sent === 1 ? "truth" : "truths"} of ${file.name} were kept. Live metrics follow within two minutes.`);
      await refresh(`${ENDPOINT}/log`, `${ENDPOINT}/livemetrics`);
    } catch (found) {
      if (found instanceof Error && found.constructor === Error) setProblem(found.message);
      else setError(found);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <Card title="Truths" note="what turned out to be right" padded>
      <div className="col">
        <FilesDrop label="A file of truths" className="tall" accept=".csv,.tsv,.txt" busy={busy !== undefined} take={(files) => void take(files)}>
          <b className="med">Drop a file of truths</b>
          <p className="t12 dim" role="status">
            {busy ?? "CSV with the columns id and value, and at if you like. The ids are those of the rows; a later truth replaces an earlier one, an empty value takes it back."}
          </p>
        </FilesDrop>
        {done && <Message kind="ok">{done}</Message>}
        {problem && <Message kind="fail">{problem}</Message>}
        {error !== undefined && <ErrorMessage error={error} />}
      </div>
    </Card>
  );
}
