import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { ErrorMessage } from "../../parts/Message";
import { State } from "../../parts/State";
import { when } from "../../parts/times";
import { useToast } from "../../parts/Toast";
import { useChallenges } from "./ChallengesCard";
import { PolicySheet } from "./PolicySheet";
import { challengeState, policySentence } from "./policyWords";
import { ENDPOINT, type Policy, W, type WebService } from "./shapes";

interface PolicyProps {
  path: { service: string; endpoint: string };
  resources: readonly string[];
  /** Whether the endpoint follows an experiment, and so has no policy. */
  follows: boolean;
}

/** When the endpoint's model is retrained, what the last challenge gave, and a way to train now. */
export function PolicyCard({ path, resources, follows }: PolicyProps) {
  const { data: found, error } = useLive<Policy | null>(`${ENDPOINT}/policy`, { path, query: { orNull: true } });
  const none = found === null;
  const data = found ?? undefined;
  const challenges = useChallenges(path);
  const { data: services = [] } = useLive<WebService[]>(`${W}/webservices`, { enabled: data !== undefined });
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const toast = useToast();
  const [latest] = challenges;
  const off = whyNone(resources, follows);
  const train = async () => {
    setBusy(true);
    setFailed(undefined);
    try {
      await call("POST", `${ENDPOINT}/policy/try`, { path, body: {} });
      await refresh(`${ENDPOINT}/policy`);
      toast("Training started; the new model challenges the one in use");
    } catch (found) {
      setFailed(found);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      icon="shield"
      title="Retraining policy"
      actions={
        data && (
          <Button kind="quiet" size="s" aria-label="Change the policy" onClick={() => setEditing(true)}>
            Change
          </Button>
        )
      }
    >
      <div className="cpad col">
        {none && (
          <>
            <p className="t12 dim">{off ?? "None yet. A policy trains on new data and swaps the model only if it is good enough on rows held back."}</p>
            {off === undefined && (
              <div>
                <Button size="s" icon="plus" onClick={() => setEditing(true)}>
                  Make a policy
                </Button>
              </div>
            )}
          </>
        )}
        {[error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
        {data && (
          <>
            <p className="t12">{policySentence(data, services.find(({ Id }) => Id === data.TrainingService)?.Name)}</p>
            <dl className="kv">
              <dt>Next</dt>
              <dd>{data.NextRun ? when(data.NextRun) : data.Trigger.Type === "Upload" ? "with the next file" : "–"}</dd>
              {latest && <dt>Last challenge</dt>}
              {latest && (
                <dd>
                  <State state={challengeState(latest)} word={`${challengeState(latest)}, ${when(latest.EndTime ?? latest.CreationTime)}`} />
                </dd>
              )}
            </dl>
            {(latest?.Why ?? latest?.Details) && <p className="t12 dim">{latest?.Why ?? latest?.Details}</p>}
            {data.Skipped && <p className="t12 dim">Not started: {data.Skipped}</p>}
            {data.Trigger.Type !== "Upload" || data.TrainingData ? (
              <div>
                <Button size="s" busy={busy} onClick={train}>
                  Train now
                </Button>
              </div>
            ) : null}
          </>
        )}
      </div>
      <PolicySheet open={editing} close={() => setEditing(false)} path={path} resources={resources} policy={data} />
    </Card>
  );
}

/** Why an endpoint has no policy; undefined if it can have one. */
function whyNone(resources: readonly string[], follows: boolean): string | undefined {
  if (resources.length === 0) return "None: this endpoint uses no trained model.";
  return follows ? "None: this endpoint follows its experiment. Add an endpoint to the web service and give it one." : undefined;
}
