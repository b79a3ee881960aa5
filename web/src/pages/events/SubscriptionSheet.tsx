import { useState } from "react";
import { call } from "../../api/client";
import { refresh } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Copy } from "../../parts/Copy";
import { Check, Field, Switch } from "../../parts/Field";
import { ErrorMessage, Message } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { Segments } from "../../parts/Tabs";
import { type NewSubscription, type Subscription, SUBSCRIPTION, SUBSCRIPTIONS } from "./shapes";
import { ALL_TYPES, typeWord } from "./words";

const KINDS = [["Webhook", "Webhook"], ["EventGrid", "Event Grid"]] as const;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
type Draft = Pick<Subscription, "Name" | "Kind" | "Url" | "Types" | "Enabled">;
const FIRST: Draft = { Name: "", Kind: "Webhook", Url: "", Types: [], Enabled: true };

/** Who is told of what, and where; the secret of a new one is shown this one time. */
export function SubscriptionSheet({ open, close, subscription }: { open: boolean; close: () => void; subscription: Subscription | undefined }) {
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const [secret, setSecret] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const draft = { ...FIRST, ...subscription, ...typed };
  const change = (part: Partial<Draft>) => setTyped({ ...typed, ...part });
  const wrong = draft.Name !== "" && !NAME.test(draft.Name) ? `Up to 40 lower-case letters, digits and hyphens. '${draft.Name.slice(0, 60)}' was typed.` : undefined;
  const leave = () => {
    setSecret(undefined);
    close();
  };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body = { Url: draft.Url.trim(), Types: draft.Types, Kind: draft.Kind, Enabled: draft.Enabled };
      const made = await call<NewSubscription>("PUT", SUBSCRIPTION, { path: { subscriber: draft.Name }, body });
      await refresh(SUBSCRIPTIONS);
      if (made.body.Secret) setSecret(made.body.Secret);
      else {
        setTyped({});
        close();
      }
    } catch (found) {
      setError(found);
    } finally {
      setBusy(false);
    }
  };
  if (secret !== undefined) {
    return (
      <Sheet
        open={open}
        close={leave}
        title={`${draft.Name} is subscribed`}
        footer={
          <>
            <span className="grow" />
            <Button
              kind="main"
              onClick={() => {
                setTyped({});
                leave();
              }}
            >
              I have the secret
            </Button>
          </>
        }
      >
        <Message kind="warn">This secret is shown this one time. With it the receiver checks that events come from here.</Message>
        <div className="addr">
          <code>{secret}</code>
          <Copy text={secret} label="Copy the secret" />
        </div>
        <p className="t12 dim">Each event is signed in the header webhook-signature, as Standard Webhooks has it. It is sent at least once: webhook-id tells repeats.</p>
      </Sheet>
    );
  }
  return (
    <Sheet
      open={open}
      close={close}
      title={subscription ? `Change ${subscription.Name}` : "New subscription"}
      sub="Events are sent to this address within about a minute"
      footer={
        <>
          <p className="t12 dim grow">Only hosts that the operator allows are told.</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" busy={busy} disabled={!NAME.test(draft.Name) || draft.Url.trim() === ""} onClick={() => void save()}>
            {subscription ? "Save subscription" : "Subscribe"}
          </Button>
        </>
      }
    >
      {error !== undefined && <ErrorMessage error={error} />}
      {!subscription && <Field label="Name" placeholder="ops" error={wrong} value={draft.Name} maxLength={40} onChange={(event) => change({ Name: event.target.value })} />}
      <div className="col">
        <span className="lab">Kind</span>
        <div>
          <Segments label="Kind" options={KINDS} value={draft.Kind as "Webhook" | "EventGrid"} choose={(Kind) => change({ Kind })} />
        </div>
      </div>
      <Field
        label="Address"
        type="url"
        placeholder={draft.Kind === "Webhook" ? "https://hooks.example.org/perennial" : "https://topic.region-1.eventgrid.azure.net/api/events"}
        hint={draft.Kind === "Webhook" ? "Its query is stored sealed, and shown as ***" : "A custom topic for CloudEvents 1.0; the app's managed identity sends to it"}
        value={draft.Url}
        maxLength={2000}
        onChange={(event) => change({ Url: event.target.value })}
      />
      <fieldset className="col">
        <legend className="lab">Kinds of events</legend>
        <p className="t12 dim">{draft.Types.length === 0 ? "All kinds, also those to come." : `${draft.Types.length} of ${ALL_TYPES.length} kinds.`}</p>
        {ALL_TYPES.map((type) => (
          <Check key={type} checked={draft.Types.includes(type)} onChange={(event) => change({ Types: event.target.checked ? [...draft.Types, type] : draft.Types.filter((one) => one !== type) })}>
            {typeWord(type)} <code className="faint t11">{type}</code>
          </Check>
        ))}
      </fieldset>
      <Switch checked={draft.Enabled} onChange={(event) => change({ Enabled: event.target.checked })}>
        Send events
      </Switch>
    </Sheet>
  );
}
