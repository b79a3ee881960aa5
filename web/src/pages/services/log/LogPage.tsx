import { useState } from "react";
import { useLive } from "../../../api/poll";
import { Button } from "../../../parts/Button";
import { Empty } from "../../../parts/Empty";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage } from "../../../parts/Message";
import { EndpointHead } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import { LiveCard } from "./LiveCard";
import { LogSheet } from "./LogSheet";
import { type LogRows, type LogSettings, settingsWords } from "./rows";
import { RowsCard } from "./RowsCard";
import { TruthsCard } from "./TruthsCard";
import "../services.css";
import "./log.css";

/** What an endpoint was asked and answered, what turned out to be right, and how its models do on that. */
export default function LogPage({ service = "", endpoint = "" }: { service?: string; endpoint?: string }) {
  const path = { service, endpoint };
  const { data: settings, error } = useLive<LogSettings | null>(`${ENDPOINT}/predictionlog`, { path, query: { orNull: true } });
  // Rows outlive the log that kept them.
  const { data: kept } = useLive<LogRows>(`${ENDPOINT}/log`, { path, query: { since: "3650d", limit: 1, columns: "at" }, once: true, enabled: settings === null });
  const [open, setOpen] = useState(false);
  const isOff = settings === null;
  const change = settings !== undefined && (
    <Button kind={isOff ? "main" : "plain"} icon={isOff ? "play" : "set"} onClick={() => setOpen(true)}>
      {isOff ? "Switch the log on" : "Settings"}
    </Button>
  );
  const isEmpty = isOff && (kept?.Rows.length ?? 0) === 0;
  return (
    <div className="page">
      <EndpointHead path={path} here="log" title={`Log of ${endpoint}`} sub={settings ? settingsWords(settings) : isOff ? "The log is off." : undefined} actions={!isEmpty && change} />
      {error && <ErrorMessage error={error} />}
      {settings === undefined && !error && <Loading rows={8} />}
      {isEmpty && (
        <div className="card">
          <Empty title="The log is off" actions={change}>
            With it, each scored row is kept with its scores and its model. Truths that come later give live metrics, and drift is noticed.
          </Empty>
        </div>
      )}
      {settings !== undefined && !isEmpty && (
        <>
          <div className="grid">
            <div className="s8">
              <LiveCard path={path} />
            </div>
            <div className="s4">
              <TruthsCard path={path} />
            </div>
          </div>
          <RowsCard path={path} />
        </>
      )}
      {settings !== undefined && <LogSheet open={open} close={() => setOpen(false)} path={path} settings={settings} />}
    </div>
  );
}
