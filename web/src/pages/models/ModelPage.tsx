import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { when } from "../../parts/times";
import { UpdateAnEndpoint } from "../evaluation/UpdateAnEndpoint";
import { servicePath, W } from "../services/shapes";
import { FactsCards } from "./FactsCards";
import { ImportSheet } from "./ImportSheet";
import { UsedCard } from "./UsedCard";
import { VersionsCard } from "./VersionsCard";
import { type Model, MODELS, type ModelVersion, usedWords, VERSIONS } from "./words";
import "./models.css";

/** `/models/:name`: its versions, what the file of one says, and where it answers. `?version=` chooses one. */
export default function ModelPage({ name = "" }: { name?: string }) {
  const [query] = useSearchParams();
  const { data: versions, error } = useLive<ModelVersion[]>(VERSIONS, { path: { model: name } });
  // Names are compared without case, as the app does.
  const { data: named } = useLive<Model[]>(MODELS, { query: { q: name, limit: 1000 } });
  const uses = named?.find(({ Name }) => Name.toLowerCase() === name.toLowerCase())?.UsedBy ?? [];
  const [importing, setImporting] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [, go] = useLocation();
  const latest = versions && Math.max(...versions.map(({ Version }) => Version));
  const asked = Number(query.get("version"));
  const shown = versions?.some(({ Version }) => Version === asked) ? asked : latest;
  const title = versions?.[0]?.Name ?? name;
  const publish = async () => {
    setFailure(undefined);
    try {
      const { body } = await call<{ WebServiceGroupId: string }>("POST", `${VERSIONS}/webservice`, { path: { model: name }, query: { version: shown }, body: "" });
      await refresh(`${W}/webservices`, MODELS);
      go(servicePath(body.WebServiceGroupId));
    } catch (found) {
      setFailure(found);
    }
  };
  return (
    <div className="page" id="p-model">
      <PageHead
        title={title}
        crumbs={[["Models", "/models"]]}
        sub={versions && latest !== undefined && `${versions.length} ${versions.length === 1 ? "version" : "versions"}, the latest of ${when(versions.find(({ Version }) => Version === latest)?.CreationTime)}; ${usedWords(uses, latest)}.`}
        actions={
          versions && (
            <>
              <Menu
                label={`More for ${name.slice(0, 80)}`}
                entries={[
                  { name: "Import a version", icon: "imp", act: () => setImporting(true) },
                  { name: `Publish version ${shown} as a web service`, icon: "globe", act: () => void publish() },
                ]}
              />
              <UpdateAnEndpoint wanted={{ model: title, version: String(shown) }} />
            </>
          )
        }
      />
      {[error, failure].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {!versions && !error && <Loading rows={8} />}
      {versions && (
        <>
          <VersionsCard name={name} versions={versions} uses={uses} shown={shown} />
          {shown !== undefined && <FactsCards key={shown} name={name} version={shown} />}
          <UsedCard uses={uses} latest={latest} />
        </>
      )}
      <ImportSheet open={importing} close={() => setImporting(false)} name={name} />
    </div>
  );
}
