import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field, Select, Switch } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { type Endpoint, ENDPOINT, SERVICE } from "./shapes";

interface LimitsProps {
  path: { service: string; endpoint: string };
  endpoint: Endpoint;
}

/** How many calls may run at a time, and whether the endpoint takes updates. */
export function LimitsCard({ path, endpoint }: LimitsProps) {
  const [open, setOpen] = useState(false);
  return (
    <Card
      title="Limits"
      actions={
        <Button kind="quiet" size="s" aria-label="Change limits" onClick={() => setOpen(true)}>
          Change
        </Button>
      }
    >
      <div className="cpad">
        <dl className="kv">
          <dt>Throttle level</dt>
          <dd>{endpoint.ThrottleLevel}</dd>
          <dt>Calls at once</dt>
          <dd>at most {endpoint.ThrottleLevel === "Low" ? 4 : endpoint.MaxConcurrentCalls}</dd>
          <dt>Updates</dt>
          <dd>{endpoint.PreventUpdate ? "Prevented" : "Allowed"}</dd>
          <dt>Diagnostics</dt>
          <dd>{endpoint.DiagnosticsTraceLevel}</dd>
        </dl>
      </div>
      <LimitsSheet open={open} close={() => setOpen(false)} path={path} endpoint={endpoint} />
    </Card>
  );
}

type Draft = Pick<Endpoint, "Description" | "ThrottleLevel" | "MaxConcurrentCalls" | "PreventUpdate" | "DiagnosticsTraceLevel">;

function LimitsSheet({ open, close, path, endpoint }: LimitsProps & { open: boolean; close: () => void }) {
  // What is typed wins over what the app says meanwhile, until it is saved.
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const draft = { ...endpoint, ...typed };
  const calls = Number(draft.MaxConcurrentCalls);
  const wrong = !Number.isInteger(calls) || calls < 1 || calls > 200 ? `From 1 to 200. ${draft.MaxConcurrentCalls || "Nothing"} was typed.` : undefined;
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call("PATCH", ENDPOINT, { path, body: typed });
      await refresh(SERVICE);
      setTyped({});
      close();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      open={open}
      close={close}
      title="Limits"
      sub={path.endpoint}
      footer={
        <>
          <p className="t12 dim grow">Takes effect at once, drops no request.</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={Object.keys(typed).length === 0 || wrong !== undefined} onClick={save}>
            Save limits
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      <Field label="Description" value={draft.Description} maxLength={2000} onChange={(event) => setTyped({ ...typed, Description: event.target.value })} />
      <Select label="Throttle level" options={["Low", "High"]} hint="Low: 4 calls at once" value={draft.ThrottleLevel} onChange={(event) => setTyped({ ...typed, ThrottleLevel: event.target.value })} />
      <Field
        label="MaxConcurrentCalls"
        inputMode="numeric"
        hint="From 1 to 200, with throttle level High"
        value={draft.MaxConcurrentCalls}
        error={wrong}
        onChange={(event) => setTyped({ ...typed, MaxConcurrentCalls: event.target.value as unknown as number })}
      />
      <Select
        label="Diagnostics"
        options={["None", "Error", "All"]}
        value={draft.DiagnosticsTraceLevel}
        onChange={(event) => setTyped({ ...typed, DiagnosticsTraceLevel: event.target.value })}
      />
      <Switch checked={draft.PreventUpdate} onChange={(event) => setTyped({ ...typed, PreventUpdate: event.target.checked })}>
        Prevent update
      </Switch>
    </Sheet>
  );
}
