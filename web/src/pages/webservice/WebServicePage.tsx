import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { Segments } from "../../parts/Tabs";
import { readExperiment, readModules } from "../designer/api";
import type { Fate } from "../designer/difference";
import { type ExperimentDocument, readDocument } from "../designer/document";
import { GraphPicture } from "../designer/GraphPicture";
import { type Palette, readPalette } from "../designer/palette";
import { type Kind, type Preview, WEB_SERVICE, sentence } from "./preview";
import "../designer/designer.css";

/** `/experiments/:name/webservice`: what publishing would make and change, then the button that does it. */
export default function WebServicePage({ name }: { name: string }) {
  const [kind, setKind] = useState<Kind>("predictive");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [, go] = useLocation();
  const path = { experiment: name };
  const found = useQuery({
    queryKey: [`${WEB_SERVICE}/preview`, name, kind],
    queryFn: async ({ signal }) => (await call<Preview>("POST", `${WEB_SERVICE}/preview`, { path, query: { kind }, signal })).body,
    retry: false,
  });
  const modules = useQuery({ queryKey: ["/schemas/palette.json"], queryFn: readModules, staleTime: Infinity });
  const saved = useQuery({ queryKey: ["experiment", name], queryFn: () => readExperiment(name) });
  const palette = useMemo(() => modules.data && readPalette(modules.data), [modules.data]);
  const publish = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const query = { kind, updateExistingWebService: preview?.Service ? true : undefined };
      const { body } = await call<{ WebServiceGroupId: string }>("POST", WEB_SERVICE, { path, query });
      await refresh("/workspaces/{workspace}/webservices");
      go(`/services/${encodeURIComponent(body.WebServiceGroupId)}`);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const preview = found.data;
  const act = preview?.Service ? "Publish again" : "Publish";
  return (
    <div className="page">
      <PageHead
        title="Set up web service"
        crumbs={[
          ["Experiments", "/experiments"],
          [name, `/experiments/${encodeURIComponent(name)}`],
        ]}
        sub={preview && sentence(preview)}
        actions={
          <Button kind="main" icon="globe" busy={busy} disabled={!preview?.Ready} title={preview?.Problem ?? undefined} onClick={() => void publish()}>
            {act}
          </Button>
        }
      />
      <div className="row">
        <Segments
          label="Kind of web service"
          value={kind}
          choose={setKind}
          options={[
            ["predictive", "Predictive: scores rows"],
            ["training", "Training: retrains the model"],
          ]}
        />
      </div>
      {failure !== undefined && <ErrorMessage error={failure} />}
      {found.error && <ErrorMessage error={found.error} />}
      {preview?.Problem && <Message kind="warn">{preview.Problem}</Message>}
      {found.isPending && <Loading rows={6} />}
      {preview && palette && saved.data && <Derived preview={preview} palette={palette} before={readDocument(saved.data.Document)} />}
    </div>
  );
}

function Derived({ preview, palette, before }: { preview: Preview; palette: Palette; before: ExperimentDocument }) {
  const fates = new Map<string, Fate>([
    ...preview.Removed.map(({ Title }) => [Title, "removed"] as const),
    ...preview.Added.map(({ Title }) => [Title, "added"] as const),
  ]);
  const after = readDocument(preview.Document);
  const union = { ...after, modules: { ...before.modules, ...after.modules }, connections: [...after.connections, ...before.connections], layout: {} };
  return (
    <div className="grid">
      <Card title="What becomes of the experiment" className="s8" padded>
        <GraphPicture palette={palette} document={union} fates={fates} label="The experiment with what is taken out and what comes in" />
      </Card>
      <div className="s4 col g16">
        {preview.Service && (
          <Card title={`What changes in ${preview.Service.Name}`} padded>
            <ul className="dots t12">
              {preview.Service.Changes.length === 0 && <li>Nothing that callers would see</li>}
              {preview.Service.Changes.map((change) => (
                <li key={change}>{change}</li>
              ))}
            </ul>
            <dl className="kv l mt4">
              {preview.Service.Endpoints.slice(0, 50).map(({ Name, Effect }) => (
                <Pair key={Name} name={Name} text={Effect} />
              ))}
            </dl>
          </Card>
        )}
        <Card title="Callers send" padded>
          {preview.Inputs.length === 0 && <p className="dim">Nothing</p>}
          <dl className="kv l">
            {preview.Inputs.map(({ Name, Columns }) => (
              <Pair key={Name} name={Name} text={columnList(Columns)} />
            ))}
            {preview.Parameters.map(({ Name, Required }) => (
              <Pair key={`p ${Name}`} name={Name} text={Required ? "parameter, required" : "parameter"} />
            ))}
          </dl>
        </Card>
        <Card title="Callers get" padded>
          <dl className="kv l">
            {preview.Outputs.map(({ Name, Kind: what, Model, Columns }) => (
              <Pair key={Name} name={Name} text={Columns.length > 0 ? columnList(Columns) : (Model ?? what ?? "")} />
            ))}
          </dl>
        </Card>
        {preview.Models.length > 0 && (
          <Card title="Models that can be swapped" padded>
            <ul className="dots t12">
              {preview.Models.map(({ Name }) => (
                <li key={Name}>{Name}</li>
              ))}
            </ul>
          </Card>
        )}
      </div>
    </div>
  );
}

const MOST = 30;

function columnList(columns: readonly { name: string }[]): string {
  if (columns.length === 0) return "columns are known after a run";
  const names = columns.slice(0, MOST).map(({ name }) => name);
  return names.join(", ") + (columns.length > MOST ? ` and ${columns.length - MOST} more` : "");
}

function Pair({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="wrap">{text}</dd>
    </>
  );
}
