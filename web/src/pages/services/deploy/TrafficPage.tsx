import { useState } from "react";
import { useLive } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage } from "../../../parts/Message";
import { EndpointHead } from "../EndpointTabs";
import { type Endpoint, ENDPOINT, SERVICE, type WebService } from "../shapes";
import { whyFixed } from "../whyFixed";
import { CandidateSheet } from "./CandidateSheet";
import { DeploymentsCard } from "./DeploymentsCard";
import { PlanCard } from "./PlanCard";
import { PlanSheet } from "./PlanSheet";
import { ShadowCard } from "./ShadowCard";
import { ShadowSheet } from "./ShadowSheet";
import type { Plan, Shadow, Traffic } from "./shapes";
import "../services.css";
import "../../../charts/charts.css";
import "./deploy.css";

/** Deployments are at most four beside the endpoint's own. */
const MOST = 5;

/** Which models answer an endpoint's rows, how many each, and the plan that moves that. */
export default function TrafficPage({ service = "", endpoint = "" }: { service?: string; endpoint?: string }) {
  const path = { service, endpoint };
  const own = useLive<Endpoint>(ENDPOINT, { path });
  const { data: parent, error: without } = useLive<WebService>(SERVICE, { path: { service } });
  const data = parent && own.data;
  const error = own.error ?? without;
  const traffic = useLive<Traffic>(`${ENDPOINT}/traffic`, { path });
  const plan = useLive<Plan | null>(`${ENDPOINT}/promotion`, { path, query: { orNull: true } });
  const shadow = useLive<Shadow | null>(`${ENDPOINT}/shadow`, { path, query: { orNull: true } });
  const [sheet, setSheet] = useState<"candidate" | "plan" | "shadow">();
  const isPlanned = plan.data?.State === "Running";
  const count = traffic.data?.Deployments.length ?? 1;
  const fixed = data && whyFixed(endpoint, data, parent);
  const off = fixed ?? (isPlanned ? "A promotion plan moves the shares; take its candidate back first." : undefined);
  const add = (
    <Button kind="main" icon="plus" disabled={off !== undefined || count >= MOST} title={off} onClick={() => setSheet("candidate")}>
      Add a candidate
    </Button>
  );
  const why = off === undefined && count > 1 ? "A plan begins while the current models answer all rows; take the others out first." : undefined;
  const start = (
    <span className="row w">
      <Button size="s" icon="play" disabled={(off ?? why) !== undefined} onClick={() => setSheet("plan")}>
        Start a plan
      </Button>
      {why && <span className="t12 dim">{why}</span>}
    </span>
  );
  const shade = (
    <Button size="s" icon="eye" disabled={off !== undefined} onClick={() => setSheet("shadow")}>
      Put a candidate in the shadow
    </Button>
  );
  return (
    <div className="page">
      <EndpointHead path={path} here="traffic" title={`Traffic of ${endpoint}`} sub={traffic.data && sentence(traffic.data)} actions={data && traffic.data && add} />
      {fixed && <p className="t12 dim">{fixed}</p>}
      {[error, traffic.error, plan.error, shadow.error].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {(!traffic.data || plan.data === undefined) && !traffic.error && !plan.error && <Loading rows={6} />}
      {traffic.data && <DeploymentsCard path={path} traffic={traffic.data} off={off} />}
      {plan.data !== undefined && <PlanCard path={path} plan={plan.data} start={start} />}
      {shadow.data !== undefined && <ShadowCard path={path} shadow={shadow.data} start={shade} />}
      {data && traffic.data && !fixed && (
        <>
          <CandidateSheet open={sheet === "candidate"} close={() => setSheet(undefined)} path={path} endpoint={data} traffic={traffic.data} />
          <ShadowSheet open={sheet === "shadow"} close={() => setSheet(undefined)} path={path} endpoint={data} />
          <PlanSheet open={sheet === "plan"} close={() => setSheet(undefined)} path={path} endpoint={data} />
        </>
      )}
    </div>
  );
}

function sentence({ Deployments }: Traffic): string {
  const others = Deployments.slice(1);
  if (others.length === 0) return "One model answers all rows.";
  return `${others.map(({ Name, Share }) => `${Name} ${others.length > 1 ? "" : "answers "}${Share} %`).join(", ")} of the rows.`;
}
