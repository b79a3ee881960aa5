import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon, type IconName } from "../../parts/Icon";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { when } from "../../parts/times";
import { useToast } from "../../parts/Toast";
import { type HistoryEntry, readHistory } from "./history";
import { MetricChart } from "./MetricChart";
import { metricHistory } from "./metricHistory";
import { useVersions } from "./ModelsCard";
import { type Change, ENDPOINT, SERVICE } from "./shapes";

const FIRST = 5;
const ICONS: Record<HistoryEntry["kind"], IconName> = { swap: "swap", back: "back", set: "set", plus: "plus" };

interface HistoryProps {
  path: { service: string; endpoint: string };
  resources: readonly string[];
}

/** Every change of the endpoint, latest first; each change of models can be undone. */
export function HistoryCard({ path, resources }: HistoryProps) {
  const { data, error } = useLive<Change[]>(`${ENDPOINT}/history`, { path });
  const found = useVersions(resources);
  const versions = Object.values(found).flat();
  const first = resources[0];
  const drawn = first === undefined ? undefined : metricHistory(data ?? [], found[first] ?? [], first, Date.now());
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState<number>();
  const [failed, setFailed] = useState<unknown>();
  const toast = useToast();
  const entries = readHistory(data ?? [], versions);
  const shown = all ? entries : entries.slice(0, FIRST);
  const undo = async ({ sequence, inUse }: HistoryEntry) => {
    setBusy(sequence);
    setFailed(undefined);
    try {
      await call("POST", `${ENDPOINT}/rollback`, { path, body: { Sequence: sequence } });
      await refresh(SERVICE);
      toast(inUse ? "Rolled back; the model before answers now" : `Change ${sequence} undone`);
    } catch (found) {
      setFailed(found);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <Card
      title="Model history"
      note={data && `${data.length} ${data.length === 1 ? "change" : "changes"}${drawn ? `, ${drawn.metric} as each version was evaluated` : ""}`}
      footer={
        entries.length > FIRST && (
          <Button kind="quiet" size="s" onClick={() => setAll(!all)}>
            {all ? `Show the last ${FIRST}` : `All ${entries.length} changes`}
          </Button>
        )
      }
    >
      {[error, failed].map((found, place) => found != null && <div className="pad" key={place}><ErrorMessage error={found} /></div>)}
      {!data && !error && <Loading />}
      {drawn && <MetricChart history={drawn} />}
      <ol className="tl">
        {shown.map((entry) => (
          <li key={entry.sequence} className={entry.inUse ? "now" : entry.undone ? "undone" : undefined}>
            <span className="dot">
              <Icon name={ICONS[entry.kind]} size="s" />
            </span>
            <div className="grow">
              <div className="row g6 base">
                <b className="med">{entry.title}</b>
                {entry.inUse && <span className="tag acc">in use</span>}
                {entry.undone && <span className="tag line">undone</span>}
                <time className="end t12 faint" dateTime={entry.at}>
                  {when(entry.at)}
                </time>
              </div>
              <p className="t12 dim why">
                {entry.why && `${entry.why} · `}
                <span className="faint">
                  {entry.by} · change {entry.sequence}
                </span>
              </p>
            </div>
            <span className="act">
              {entry.canUndo && (
                <Button size="s" kind={entry.inUse ? "plain" : "quiet"} {...(entry.inUse && { icon: "back" as const })} busy={busy === entry.sequence} onClick={() => undo(entry)}>
                  {entry.inUse ? "Roll back" : "Undo this change"}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
