import { useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { fileSize } from "../../charts/figures";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { FilesDrop } from "../../parts/FilesDrop";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { modelPath, MODELS, type ModelVersion, nameOfFile, VERSIONS } from "./words";

interface ImportProps {
  open: boolean;
  close: () => void;
  /** The model whose next version the file becomes; left out, its name is asked for. */
  name?: string;
}

/** A model file from elsewhere: the app checks it as a file from outside and registers it as the next version. */
export function ImportSheet({ open, close, name }: ImportProps) {
  const [file, setFile] = useState<File>();
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [, go] = useLocation();
  const model = name ?? typed ?? (file ? nameOfFile(file.name) : "");
  const send = async () => {
    if (file === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      const { body } = await call<ModelVersion>("POST", VERSIONS, { path: { model }, body: file });
      await refresh(MODELS);
      setFile(undefined);
      setTyped(undefined);
      close();
      go(modelPath(body.Name, body.Version));
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const ready = file !== undefined && model.trim() !== "";
  return (
    <Sheet
      open={open}
      close={close}
      title={name === undefined ? "Import a model" : "Import a version"}
      sub="A trained model of this app, as a job writes it or a version is downloaded"
      footer={
        <>
          <p className="t12 dim grow">{ready ? "It is checked first; no endpoint takes it by itself." : "Choose an .ilearner file."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={!ready} onClick={() => void send()}>
            Import it
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <FilesDrop label="A model file" accept=".ilearner" busy={busy} take={([first]) => setFile(first)}>
        {file ? (
          <p className="cut">
            <b className="med">{file.name}</b> <span className="dim">{fileSize(file.size)}</span>
          </p>
        ) : (
          <p>
            <b className="med">Drop an .ilearner file here.</b> <span className="dim">ONNX graphs and estimators are imported with sample rows: 'perennial model import'.</span>
          </p>
        )}
      </FilesDrop>
      {name === undefined && (
        <Field label="Name" hint="A name that there is already gets its next version" maxLength={200} value={model} onChange={(event) => setTyped(event.target.value)} />
      )}
    </Sheet>
  );
}
