import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage } from "../../../parts/Message";
import { Segments } from "../../../parts/Tabs";
import { when } from "../../../parts/times";
import type { ModelVersion } from "../shapes";
import { W } from "../shapes";
import { type Choice, readJobChoices, versionChoices } from "./choices";

type Source = "job" | "version" | "file";
const SOURCES = [["job", "From a job"], ["version", "A version"], ["file", "A file"]] as const;

interface NewModelProps {
  resource: string;
  versions: readonly ModelVersion[];
  inUse: string;
  picked: Choice | undefined;
  pick: (choice: Choice | undefined) => void;
}

/** Step 1: which model the endpoint is to take. */
export function NewModel({ resource, versions, inUse, picked, pick }: NewModelProps) {
  const [source, setSource] = useState<Source>("version");
  const jobs = useQuery({ queryKey: ["trained by jobs", resource, versions.length], queryFn: () => readJobChoices(versions, inUse), enabled: source === "job" });
  const choices = source === "job" ? jobs.data : versionChoices(versions, inUse);
  return (
    <fieldset className="step">
      <legend>
        <i>1</i>New model
      </legend>
      <Segments label="Where the model comes from" options={SOURCES} value={source} choose={setSource} fill />
      {source === "file" ? (
        <ModelFile resource={resource} pick={pick} />
      ) : (
        <>
          {jobs.error && <ErrorMessage error={jobs.error} />}
          {choices === undefined && !jobs.error && <Loading rows={3} />}
          {choices?.length === 0 && <p className="dim t12">{source === "job" ? "No training job has written a model yet." : "No version is registered yet."}</p>}
          {choices && choices.length > 0 && <Choices choices={choices} picked={picked} pick={pick} />}
        </>
      )}
    </fieldset>
  );
}

function Choices({ choices, picked, pick }: { choices: readonly Choice[]; picked: Choice | undefined; pick: (choice: Choice) => void }) {
  return (
    <ul className="opts">
      {choices.map((choice) => (
        <li key={choice.key}>
          <label>
            <input className="radio" type="radio" name="model" checked={picked?.key === choice.key} disabled={choice.inUse} onChange={() => pick(choice)} />
            <span className="grow cut">
              <b className="med">{choice.name}</b> <span className="dim">{choice.note}</span>
            </span>
            <time className="faint t12">{when(choice.at)}</time>
          </label>
        </li>
      ))}
    </ul>
  );
}

/** A model file: it becomes the next version of the resource's model, which the app checks as a file from outside. */
function ModelFile({ resource, pick }: { resource: string; pick: (choice: Choice | undefined) => void }) {
  const [error, setError] = useState<unknown>();
  const [state, setState] = useState("");
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setError(undefined);
    pick(undefined);
    setState(`Uploading ${file.name} …`);
    try {
      const { body } = await call<ModelVersion>("POST", `${W}/models/{model}`, { path: { model: resource }, body: file });
      await refresh(`${W}/models`);
      setState(`${file.name} is version ${body.Version}.`);
      pick({ key: `v${body.Version}`, name: `Version ${body.Version}`, note: file.name, at: body.CreationTime, inUse: false, location: body.Location });
    } catch (found) {
      setState("");
      setError(found);
    }
  };
  return (
    <div
      className="filedrop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      }}
    >
      <label className="col">
        <span className="med">Drop an .ilearner file here, or choose one</span>
        <input type="file" accept=".ilearner" onChange={(event) => void take(event.target.files?.[0])} />
      </label>
      <p className="t12 dim" role="status">
        {state || "It is checked, and becomes the next version of this model; nothing is swapped yet."}
      </p>
      {error !== undefined && <ErrorMessage error={error} />}
    </div>
  );
}
