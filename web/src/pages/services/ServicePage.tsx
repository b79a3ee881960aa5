import { useState } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { forget, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { asSentence, when } from "../../parts/times";
import { AddEndpointSheet } from "./AddEndpointSheet";
import { EndpointsCard } from "./EndpointsCard";
import { SERVICE, W, type WebService } from "./shapes";
import "./services.css";

/** One web service with its endpoints. */
export default function ServicePage({ service = "" }: { service?: string }) {
  const { data, error } = useLive<WebService>(SERVICE, { path: { service } });
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [, go] = useLocation();
  const remove = async () => {
    setBusy(true);
    try {
      await call("DELETE", SERVICE, { path: { service } });
      forget(`${W}/webservices`);
      go("/services");
    } catch (found) {
      setFailed(found);
      setDeleting(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="page">
      <PageHead
        title={data?.Name ?? "Web service"}
        crumbs={[["Web services", "/services"]]}
        state={data && <span className="tag">{data.Kind}</span>}
        sub={data && `${asSentence(data.Description || "No description")} Published ${when(data.CreationTime)}.`}
        actions={
          data && (
            <>
              <Menu label={`More for ${data.Name}`} entries={[{ name: "Delete web service", icon: "x", danger: true, act: () => setDeleting(true) }]} />
              <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
                Add endpoint
              </Button>
            </>
          )
        }
      />
      {[error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      <EndpointsCard service={service} count={data?.EndpointCount} />
      <AddEndpointSheet service={service} open={adding} close={() => setAdding(false)} />
      <Confirm open={deleting} close={() => setDeleting(false)} title={`Delete ${data?.Name ?? "this web service"}?`} act="Delete web service" onAct={remove} busy={busy}>
        Callers of its {data?.EndpointCount ?? 0} endpoints are refused at once, and their keys are gone for good.
      </Confirm>
    </div>
  );
}
