import { useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { fileSize } from "../../charts/figures";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { FilesDrop } from "../../parts/FilesDrop";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { importBody, isForeign, MOST_BYTES, nameOfFile, OUTPUTS } from "./graphs";
import { modelPath, MODELS, type ModelVersion, VERSIONS } from "./words";

interface ImportProps {
  open: boolean;
  close: () => void;
  /** The model whose next version the file becomes; left out, its name is asked for. */
  name?: string;
}

/** A model's file, with rows if another library made it: the app checks it as a file from outside and registers it as the next version. */
export function ImportSheet({ open, close, name }: ImportProps) {
  const [file, setFile] = useState<File>();
  const [sample, setSample] = useState<File>();
  const [label, setLabel] = useState("");
  const [outputs, setOutputs] = useState("");
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [, go] = useLocation();
  const foreign = file !== undefined && isForeign(file.name);
  const model = name ?? typed ?? (file ? nameOfFile(file.name) : "");
  const send = async () => {
    if (file === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      const { body } =
        foreign && sample
          ? await call<ModelVersion>("POST", `${VERSIONS}/import`, {
              path: { model },
              body: importBody(new Uint8Array(await file.arrayBuffer()), await sample.text(), label.trim(), outputs),
            })
          : await call<ModelVersion>("POST", VERSIONS, { path: { model }, body: file });
      await refresh(MODELS);
      setFile(undefined);
      setSample(undefined);
      setTyped(undefined);
      close();
      go(modelPath(body.Name, body.Version));
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const tooLarge = foreign && file !== undefined && file.size > MOST_BYTES;
  // Addresses hold names, and the app takes none with these.
  const misnamed = /[/\\?#%]/.test(model) ? `A name has none of / \\ ? # %; "${model.slice(0, 60)}" was typed` : undefined;
  const ready = misnamed === undefined && file !== undefined && model.trim() !== "" && (!foreign || sample !== undefined) && !tooLarge;
  const wanted = file === undefined ? "Choose a model's file." : tooLarge ? `It has ${fileSize(file.size)}; a request takes ${fileSize(MOST_BYTES)}. Import it with 'perennial model import'.` : foreign && !sample ? "Rows that it can score are missing." : "A name is missing.";
  return (
    <Sheet
      open={open}
      close={close}
      title={name === undefined ? "Import a model" : "Import a version"}
      sub="A trained model of this app, or one that another library trained"
      footer={
        <>
          <p className="t12 dim grow">{ready ? "It is checked first; no endpoint takes it by itself." : wanted}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={!ready} onClick={() => void send()}>
            Import it
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <FilesDrop label="A model file" accept=".ilearner,.onnx,.skops" busy={busy} take={([first]) => setFile(first)}>
        {file ? (
          <p className="cut">
            <b className="med">{file.name}</b> <span className="dim">{fileSize(file.size)}</span>
          </p>
        ) : (
          <p>
            <b className="med">Drop an .ilearner, .onnx or .skops file here.</b> <span className="dim">The first is a model of this app; the others come with a few rows that they can score.</span>
          </p>
        )}
      </FilesDrop>
      {foreign && (
        <>
          <FilesDrop label="Rows that it can score" accept=".csv,.tsv,.txt" busy={busy} take={([first]) => setSample(first)}>
            {sample ? (
              <p className="cut">
                <b className="med">{sample.name}</b> <span className="dim">{fileSize(sample.size)}, its first 1,000 rows</span>
              </p>
            ) : (
              <p>
                <b className="med">Drop a CSV of rows that it can score.</b> <span className="dim">Columns in the order of the graph's input; the first line names them.</span>
              </p>
            )}
          </FilesDrop>
          <Field label="What it predicts" hint="The name of the label; a column of that name is left out of the rows" maxLength={200} value={label} onChange={(event) => setLabel(event.target.value)} />
          <Select label="Its output is" options={OUTPUTS} value={outputs} onChange={(event) => setOutputs(event.target.value)} />
        </>
      )}
      {name === undefined && (
        <Field label="Name" hint="A name that there is already gets its next version" error={misnamed} maxLength={200} value={model} onChange={(event) => setTyped(event.target.value)} />
      )}
    </Sheet>
  );
}
