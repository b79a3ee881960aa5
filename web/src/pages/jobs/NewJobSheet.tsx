import { useState } from "react";
import { useLocation } from "wouter";
import { ROW_FILES, startBatchJob } from "../../api/batch";
import { refresh, useLive } from "../../api/poll";
import type { components } from "../../api/schema";
import { Button, LinkButton } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Field, Select } from "../../parts/Field";
import { fileSize } from "../../charts/figures";
import { FilesDrop } from "../../parts/FilesDrop";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { type Endpoint, ENDPOINT, ENDPOINTS, W, type WebService } from "../services/shapes";
import { parametersOf } from "./parameters";
import { useAct } from "./useAct";
import { JOBS } from "./useWork";
import { jobPath } from "./work";

type Form = components["schemas"]["EndpointForm"];

interface NewJobSheetProps {
  open: boolean;
  close: () => void;
  /** The endpoint chosen at first. */
  at?: { service: string; endpoint: string };
}

const MOST = 1000;

/** An endpoint, a file for each of its inputs, and its parameters; then the job starts. */
export function NewJobSheet({ open, close, at }: NewJobSheetProps) {
  const [service, setService] = useState(at?.service ?? "");
  const [endpoint, setEndpoint] = useState(at?.endpoint ?? "");
  const [files, setFiles] = useState<Record<string, File>>({});
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [share, setShare] = useState(0);
  const { busy, error, act } = useAct();
  const [, go] = useLocation();
  const services = useLive<WebService[]>(`${W}/webservices`, { enabled: open });
  const chosen = service || (services.data?.[0]?.Id ?? "");
  const endpoints = useLive<Endpoint[]>(ENDPOINTS, { path: { service: chosen }, query: { limit: MOST }, once: true, enabled: open && chosen !== "" });
  // While another service is chosen, the list is still that of the one before.
  const listed = endpoints.data?.filter(({ WebServiceId }) => WebServiceId === chosen);
  const callee = listed?.find(({ Name }) => Name === endpoint) ?? listed?.[0];
  const path = { service: chosen, endpoint: callee?.Name ?? "" };
  const form = useLive<Form>(`${ENDPOINT}/form`, { path, enabled: open && callee !== undefined, once: true });
  const inputs = form.isPlaceholderData ? undefined : form.data?.Inputs;
  const given = Object.fromEntries((inputs ?? []).flatMap(({ Name }) => (files[Name] ? [[Name, files[Name]]] : [])));
  const parameters = form.data && !form.isPlaceholderData ? form.data.Parameters : [];
  const missing = inputs?.find(({ Name }) => given[Name] === undefined);
  const unset = parameters.find(({ Name, Required }) => Required && !typed[Name]);
  const off = inputs === undefined ? "" : missing ? `${missing.Name} has no file yet.` : unset ? `${unset.Name} has no value yet.` : undefined;
  const start = () =>
    void act("start", async () => {
      if (callee === undefined) return;
      setShare(0);
      const job = await startBatchJob(callee, given, setShare, parametersOf(parameters, typed));
      setFiles({});
      await refresh(JOBS, `${W}/activity`);
      close();
      go(jobPath(chosen, callee.Name, job));
    });
  return (
    <Sheet
      open={open}
      close={close}
      title="New batch job"
      sub="An endpoint scores, or trains on, a whole file; you download what it makes."
      footer={
        <>
          <Button kind="main" icon="play" disabled={off !== undefined} busy={busy !== undefined} onClick={start}>
            {busy ? `Uploading, ${Math.round(100 * share)} %` : "Start job"}
          </Button>
          {off && <span className="t12 dim">{off}</span>}
        </>
      }
    >
      <div className="col g16">
        {services.data?.length === 0 && (
          <Empty title="No web service yet" actions={<LinkButton to="/experiments">Open experiments</LinkButton>}>
            Run an experiment and set it up as a web service; its endpoints take batch jobs.
          </Empty>
        )}
        {services.data && services.data.length > 0 && (
          <>
            <Select label="Web service" value={chosen} onChange={(event) => setService(event.target.value)} options={services.data.map(({ Id, Name }) => [Id, Name] as const)} />
            <Select label="Endpoint" value={callee?.Name ?? ""} onChange={(event) => setEndpoint(event.target.value)} options={(listed ?? []).map(({ Name }) => Name)} />
          </>
        )}
        {[services.error, endpoints.error, form.error, error].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
        {inputs === undefined && !services.error && !endpoints.error && !form.error && services.data?.length !== 0 && <Loading rows={3} />}
        {inputs?.map(({ Name, Columns }) => (
          <FilesDrop key={Name} label={Name} accept={ROW_FILES} busy={busy !== undefined} take={([file]) => file && setFiles({ ...files, [Name]: file })}>
            <b className="med">{Name}</b>{" "}
            <span className="dim">{files[Name] ? `${files[Name].name}, ${fileSize(files[Name].size)}` : `Drop a CSV, TSV or ARFF file with its ${Columns.length} columns here.`}</span>
          </FilesDrop>
        ))}
        {inputs?.length === 0 && <p className="dim">It takes no file: its data come from the experiment itself.</p>}
        {parameters.map(({ Name, Default, Required, Kind }) => (
          <Field
            key={Name}
            label={Name}
            value={typed[Name] ?? ""}
            placeholder={Default == null ? "" : String(Default)}
            hint={Required ? `${Kind}; it has to be given.` : `${Kind}; empty means ${Default == null ? "nothing" : String(Default)}.`}
            onChange={(event) => setTyped({ ...typed, [Name]: event.target.value })}
          />
        ))}
      </div>
    </Sheet>
  );
}
