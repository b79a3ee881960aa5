import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { fileSize, percent } from "../../charts/figures";
import { Button, IconButton } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { ErrorMessage, Message } from "../../parts/Message";
import { State } from "../../parts/State";
import { datasetPath } from "./kinds";
import type { Item } from "./queue";
import { drop, findHolder, goOn, rename } from "./uploads";

const WORDS: Record<Item["state"], readonly [state: string, word: string]> = {
  waiting: ["Waiting", "Waiting"],
  sending: ["Running", "Uploading"],
  cut: ["Waiting", "The app does not answer; goes on by itself"],
  taken: ["Not passed", "Name taken"],
  failed: ["Failed", "Not uploaded"],
  done: ["Finished", "Uploaded"],
};

/** One file on its way, with what to do if it stopped. */
export function UploadRow({ item }: { item: Item }) {
  const { key, name, size, share, state, made, error } = item;
  const [icon, word] = WORDS[state];
  return (
    <li className="upload">
      <div className="row g12">
        <span className="grow cut med" title={name}>
          {made ? (
            <Link className="link" href={datasetPath(made)}>
              {made}
            </Link>
          ) : (
            name
          )}
        </span>
        <span className="faint t12 nowrap">{state === "sending" ? `${percent(share, 0)} of ${fileSize(size)}` : fileSize(size)}</span>
        <State state={icon} word={word} />
        <IconButton kind="quiet" size="s" icon="x" label={`${state === "done" ? "Take off the list" : "Do not upload"}: ${name.slice(0, 80)}`} onClick={() => drop(key)} />
      </div>
      {(state === "sending" || state === "cut") && <progress value={share} max={1} aria-label={`Upload of ${name.slice(0, 80)}`} />}
      {state === "taken" && <Taken item={item} />}
      {item.refusal !== undefined && <Message kind="fail">{item.refusal}</Message>}
      {state === "failed" && item.refusal === undefined && (
        <ErrorMessage error={error}>
          <Button size="s" onClick={() => goOn(key)}>
            Try again
          </Button>
          <OtherName uploadKey={key} />
        </ErrorMessage>
      )}
    </li>
  );
}

/** The file has arrived, but its name has a dataset already: it becomes its next version, or gets another name. */
function Taken({ item: { key, name } }: { item: Item }) {
  const holder = useQuery({ queryKey: ["dataset named", name], queryFn: () => findHolder(name), staleTime: 0 });
  return (
    <Message kind="warn">
      <p>
        <b className="med">{`The workspace already has a dataset '${holder.data?.Title ?? name}'.`}</b> As its next version, this file takes its place everywhere it is read
        by name; the file before is gone.
      </p>
      {holder.error && <ErrorMessage error={holder.error} />}
      <div className="row w renamed">
        <Button size="s" kind="main" disabled={holder.data === undefined} busy={holder.isPending} onClick={() => goOn(key, holder.data?.FamilyId)}>
          Make it the next version
        </Button>
        <OtherName uploadKey={key} />
      </div>
    </Message>
  );
}

function OtherName({ uploadKey }: { uploadKey: number }) {
  const [other, setOther] = useState("");
  return (
    <>
      <Field label="Another name" labelHidden size="s" placeholder="Another name" maxLength={200} value={other} onChange={(event) => setOther(event.target.value)} />
      <Button size="s" disabled={other.trim() === ""} onClick={() => rename(uploadKey, other.trim())}>
        Upload under this name
      </Button>
    </>
  );
}
