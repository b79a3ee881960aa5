import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { call } from "../../api/client";
import { forget, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { State } from "../../parts/State";
import { asSentence, when } from "../../parts/times";
import { AccessCard, CallersCard } from "./AccessCard";
import { ChallengesCard } from "./ChallengesCard";
import { EndpointTabs } from "./EndpointTabs";
import { HistoryCard } from "./HistoryCard";
import { LimitsCard } from "./LimitsCard";
import { ModelsCard } from "./ModelsCard";
import { PolicyCard } from "./PolicyCard";
import { DEFAULT, type Endpoint, ENDPOINT, followsExperiment, SERVICE, servicePath, type WebService } from "./shapes";
import { Sharing } from "./Sharing";
import { TrafficCard } from "./TrafficCard";
import { UpdateSheet } from "./update/UpdateSheet";
import { whyFixed } from "./whyFixed";
import "./services.css";

/** One endpoint: its address and keys, its models and their history, its limits and its policy. */
export default function EndpointPage({ service = "", endpoint = "" }: { service?: string; endpoint?: string }) {
  const path = { service, endpoint };
  const own = useLive<Endpoint>(ENDPOINT, { path });
  const { data: parent, error: without } = useLive<WebService>(SERVICE, { path: { service } });
  // Only with its service is it known what the endpoint takes.
  const data = parent && own.data;
  const error = own.error ?? without;
  // `?update=RESOURCE&version=N` opens the sheet with that choice: other pages lead here.
  const [query, setQuery] = useSearchParams();
  const updating = query.has("update");
  const wanted = { resource: query.get("update") ?? "", version: query.get("version") ?? "" };
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const [, go] = useLocation();
  const follows = followsExperiment(endpoint, parent);
  const remove = async () => {
    setBusy(true);
    try {
      await call("DELETE", ENDPOINT, { path });
      forget(SERVICE);
      go(servicePath(service));
    } catch (found) {
      setFailed(found);
      setDeleting(false);
    } finally {
      setBusy(false);
    }
  };
  const off = data && whyFixed(endpoint, data, parent);
  return (
    <div className="page endpoint">
      <PageHead
        title={endpoint}
        crumbs={[["Web services", "/services"], [parent?.Name ?? "…", servicePath(service)]]}
        state={data && <State state="answering" pill />}
        sub={data && `${asSentence(data.Description || "No description")} ${follows ? "Follows its experiment, since" : "Since"} ${when(data.CreationTime)}.`}
        actions={
          data && (
            <>
              <Menu
                label={`More for ${endpoint}`}
                entries={[
                  {
                    name: `Delete ${endpoint}`,
                    icon: "x",
                    danger: true,
                    act: () => setDeleting(true),
                    ...(endpoint === DEFAULT && { off: "The default endpoint goes with its web service." }),
                  },
                ]}
              />
              <Button kind="main" icon="swap" disabled={off !== undefined} title={off} onClick={() => setQuery({ update: data.Resources[0]?.Name ?? "" })}>
                Update resource
              </Button>
            </>
          )
        }
      />
      <EndpointTabs path={path} here="overview" />
      <Sharing path={path} />
      {off && data && <p className="t12 dim">{off}</p>}
      {[error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {!data && !error && <Loading rows={8} />}
      {data && (
        <div className="grid">
          <div className="s8 col g16">
            <TrafficCard path={path} />
            <ModelsCard endpoint={data} />
            <HistoryCard path={path} resources={data.Resources.map(({ Name }) => Name)} />
            <ChallengesCard path={path} />
          </div>
          <div className="s4 col g16">
            <AccessCard path={path} address={data.ApiLocation} />
            <LimitsCard path={path} endpoint={data} />
            <PolicyCard path={path} resources={data.Resources.map(({ Name }) => Name)} follows={follows} />
            <CallersCard endpoint={data} />
          </div>
        </div>
      )}
      {data && !off && <UpdateSheet open={updating} close={() => setQuery({}, { replace: true })} wanted={wanted} path={path} endpoint={data} />}
      <Confirm open={deleting} close={() => setDeleting(false)} title={`Delete ${endpoint}?`} act={`Delete ${endpoint}`} onAct={remove} busy={busy}>
        Its callers are refused at once, and its keys are gone for good. The history is kept.
      </Confirm>
    </div>
  );
}
