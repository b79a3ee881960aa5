import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { fileSize } from "../../charts/figures";
import { Button, LinkButton } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { FilesDrop } from "../../parts/FilesDrop";
import { ErrorMessage, Message } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { type Imported, LIST } from "./api";

const MOST = 100;

/** Import an experiment that was exported from the original, and show what became of each of its parts. */
export function ImportSheet({ open, close }: { open: boolean; close: () => void }) {
  const [file, setFile] = useState<File>();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [made, setMade] = useState<Imported>();
  const send = async () => {
    if (!file) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await call<Imported>("POST", `${LIST}/import`, {
        query: { name: name.trim() || undefined },
        headers: { "content-type": "application/json" },
        body: await file.text(),
      });
      setMade(body);
      await refresh(LIST);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const items = made?.Report.Items ?? [];
  const other = items.filter(({ Outcome }) => Outcome !== "carried over");
  return (
    <Sheet
      open={open}
      close={close}
      title="Import an experiment"
      sub="A graph or a web service definition exported from Azure Machine Learning Studio (classic)"
      footer={
        made ? (
          <LinkButton kind="main" to={`/experiments/${encodeURIComponent(made.Name)}`}>
            Open {made.Name.slice(0, 40)}
          </LinkButton>
        ) : (
          <Button kind="main" busy={busy} disabled={!file} onClick={() => void send()}>
            Import
          </Button>
        )
      }
    >
      {!made && (
        <>
          <FilesDrop label="Exported file" accept=".json,application/json" busy={busy} take={([taken]) => setFile(taken)}>
            {file ? <b className="med cut">{`${file.name}, ${fileSize(file.size)}`}</b> : <span className="dim">Drop the exported .json file here.</span>}
          </FilesDrop>
          <Field label="Name" hint="Left empty: the title in the file" maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
        </>
      )}
      {failure !== undefined && <ErrorMessage error={failure} />}
      {made && (
        <>
          <Message kind={made.Report.Complete ? "ok" : "warn"}>
            {made.Report.Complete ? "It can be run as it is." : "Some parts need a look before it can be run; they are placeholders on the canvas."}
          </Message>
          <dl className="kv l">
            {Object.entries(made.Report.Counts).map(([part, counts]) => (
              <Counted key={part} part={part} counts={counts} />
            ))}
          </dl>
          <ul className="dots t12">
            {other.slice(0, MOST).map((item, place) => (
              <li key={place}>
                <b className="med">
                  {item.Source} {item.Outcome}.
                </b>{" "}
                {item.Note}
              </li>
            ))}
            {other.length > MOST && <li>and {other.length - MOST} more</li>}
          </ul>
        </>
      )}
    </Sheet>
  );
}

function Counted({ part, counts }: { part: string; counts: Record<string, number> }) {
  return (
    <>
      <dt>{part}</dt>
      <dd>
        {Object.entries(counts)
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(", ")}
      </dd>
    </>
  );
}
