import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { call } from "../../../api/client";
import { refresh } from "../../../api/poll";
import { figure, percent } from "../../../charts/figures";
import { Button } from "../../../parts/Button";
import { Card } from "../../../parts/Card";
import { Menu } from "../../../parts/Menu";
import { ErrorMessage } from "../../../parts/Message";
import { useToast } from "../../../parts/Toast";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT, SERVICE } from "../shapes";
import { keyWords } from "./candidate";
import { KeySheet } from "./KeySheet";
import { isSame, move, type Shares, sharesOf, without } from "./shares";
import { CURRENT, type Deployment, type Traffic } from "./shapes";

interface CardProps {
  path: EndpointPath;
  traffic: Traffic;
  /** Why shares cannot be changed now; undefined if they can. */
  off: string | undefined;
}

/** The models that answer, each with its share on a slider; the shares sum to 100 wherever one is moved. */
export function DeploymentsCard({ path, traffic, off }: CardProps) {
  const shares = sharesOf(traffic.Deployments);
  const [moved, setMoved] = useState<{ from: Shares; to: Shares }>();
  const [keying, setKeying] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const toast = useToast();
  // What somebody else changed meanwhile wins over a slider that was not set yet.
  const shown = moved && isSame(moved.from, shares) ? moved.to : shares;
  const isMoved = !isSame(shown, shares);
  const several = traffic.Deployments.length > 1;
  const send = async (body: object, said: string) => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PUT", `${ENDPOINT}/traffic`, { path, body });
      await refresh(SERVICE);
      setMoved(undefined);
      toast(said, () => void call("POST", `${ENDPOINT}/rollback`, { path, body: {} }).then(() => refresh(SERVICE)).catch(setError));
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  const entries = ({ Name }: Deployment) => [
    { name: `Make ${Name} the current models`, icon: "swap" as const, act: () => void send({ Promote: Name }, `${Name} answers all rows now`), ...(off && { off }) },
    { name: `Take ${Name} out`, icon: "x" as const, act: () => void send({ Shares: without(shares, Name) }, `${Name} is taken out`), ...(off && { off }) },
  ];
  return (
    <Card
      title="Deployments"
      note={several ? `calls of the last ${traffic.Hours} h` : "one answers all rows"}
      actions={
        several && (
          <Button kind="quiet" size="s" disabled={off !== undefined} onClick={() => setKeying(true)}>
            Change the key
          </Button>
        )
      }
      footer={
        several && (
          <>
            <p className="grow">{off ?? keyWords(traffic.Key)}</p>
            {isMoved && (
              <>
                <Button size="s" onClick={() => setMoved(undefined)}>
                  Leave them
                </Button>
                <Button size="s" kind="main" busy={busy} onClick={() => void send({ Shares: shown }, "The shares are set")}>
                  Set shares
                </Button>
              </>
            )}
          </>
        )
      }
    >
      {error !== undefined && <div className="pad"><ErrorMessage error={error} /></div>}
      <ul className="list deployments">
        {traffic.Deployments.map((deployment) => (
          <DeploymentRow
            key={deployment.Name}
            deployment={deployment}
            share={shown[deployment.Name] ?? deployment.Share}
            off={off !== undefined || !several}
            change={(share) => setMoved({ from: shares, to: move(shown, deployment.Name, share) })}
            menu={deployment.Name !== CURRENT && <Menu size="s" label={`More for ${deployment.Name}`} entries={entries(deployment)} />}
          />
        ))}
      </ul>
      <KeySheet open={keying} close={() => setKeying(false)} path={path} traffic={traffic} />
    </Card>
  );
}

interface RowProps {
  deployment: Deployment;
  share: number;
  off: boolean;
  change: (share: number) => void;
  menu: ReactNode;
}

function DeploymentRow({ deployment: { Name, Models, Calls, Failed, P95 }, share, off, change, menu }: RowProps) {
  return (
    <li>
      <div className="who">
        <b className="med">{Name}</b>
        <span className="t12 dim cut">
          {Models.map((model, place) => (
            <span key={model.Name} title={model.Name}>
              {place > 0 && ", "}
              <Link className="link" href={`/models/${encodeURIComponent(model.Name)}`}>
                version {model.Version}
              </Link>
            </span>
          ))}
        </span>
      </div>
      <label className="share">
        <span className="sr">Share of {Name} in percent</span>
        <input className="range" type="range" min={0} max={100} step={1} value={share} disabled={off} aria-valuetext={`${share} %`} onChange={(event) => change(Number(event.target.value))} />
      </label>
      <b className="t16 num pct">{share} %</b>
      <dl className="facts">
        <div>
          <dt>Calls</dt>
          <dd>{Calls.toLocaleString("en")}</dd>
        </div>
        <div>
          <dt>95 % within</dt>
          <dd>{P95 === null ? "–" : `${figure(P95, 3)} ms`}</dd>
        </div>
        <div>
          <dt>Failed</dt>
          <dd>{Calls > 0 ? percent(Failed / Calls, 2) : "–"}</dd>
        </div>
      </dl>
      <span className="end">{menu}</span>
    </li>
  );
}
