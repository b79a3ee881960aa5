import { useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { useAct } from "../jobs/useAct";
import { PIPELINE_RUNS } from "../jobs/useWork";
import { pipelineRunPath } from "../jobs/work";
import { parameterValue, PIPELINE, type PipelineDocument } from "./shapes";

/** The parameters of a run, then it starts; what is left empty takes its default. */
export function RunSheet({ open, close, pipeline }: { open: boolean; close: () => void; pipeline: PipelineDocument }) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const { busy, error, act } = useAct();
  const [, go] = useLocation();
  const parameters = Object.entries(pipeline.properties.parameters ?? {});
  const start = () =>
    void act("run", async () => {
      const body = Object.fromEntries(parameters.flatMap(([name, parameter]) => (typed[name] ? [[name, parameterValue(parameter, typed[name])]] : [])));
      const made = await call<{ runId: string }>("POST", `${PIPELINE}/createRun`, { path: { name: pipeline.name }, body });
      await refresh(PIPELINE_RUNS);
      go(pipelineRunPath(pipeline.name, made.body.runId));
    });
  return (
    <Sheet
      open={open}
      close={close}
      title={`Run ${pipeline.name} now`}
      sub={pipeline.properties.description}
      footer={
        <Button kind="main" icon="play" busy={busy !== undefined} onClick={start}>
          Run now
        </Button>
      }
    >
      <div className="col g16">
        {parameters.length === 0 && <p className="dim">It has no parameters.</p>}
        {parameters.map(([name, { type = "String", defaultValue }]) => (
          <Field
            key={name}
            label={name}
            value={typed[name] ?? ""}
            hint={`${type}; empty means ${defaultValue === undefined ? "no value" : defaultValue === "" ? "an empty text" : JSON.stringify(defaultValue)}.`}
            onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
          />
        ))}
        {error !== undefined && <ErrorMessage error={error} />}
      </div>
    </Sheet>
  );
}
