import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage, Message } from "../../parts/Message";
import { State } from "../../parts/State";
import { type Column, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { DeadLetters } from "./DeadLetters";
import { type Subscription, SUBSCRIPTION, SUBSCRIPTIONS } from "./shapes";
import { SubscriptionSheet } from "./SubscriptionSheet";
import { WatchHead } from "./WatchHead";
import { typeWord } from "./words";
import "../../parts/twoRows.css";
import "./events.css";

interface Tried {
  Delivered: boolean;
  Reason: string | null;
  Milliseconds: number;
}

/** `/events/subscriptions`: who is told of events, how delivery goes, and what was never taken. */
export default function SubscriptionsPage() {
  const { data, error } = useLive<Subscription[]>(SUBSCRIPTIONS);
  // The sheet stays when it is closed, so that what was typed is there again.
  const [sheet, setSheet] = useState<{ subscription: Subscription | undefined; open: boolean }>({ subscription: undefined, open: false });
  const [letters, setLetters] = useState<Subscription>();
  const [removing, setRemoving] = useState<Subscription>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [tried, setTried] = useState<Tried & { name: string }>();
  const attempt = async (act: () => Promise<unknown>) => {
    setFailure(undefined);
    setBusy(true);
    try {
      await act();
      await refresh(SUBSCRIPTIONS);
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
      setRemoving(undefined);
    }
  };
  const test = ({ Name }: Subscription) =>
    void attempt(async () => {
      setTried(undefined);
      const { body } = await call<Tried>("POST", `${SUBSCRIPTION}/test`, { path: { subscriber: Name }, body: "" });
      setTried({ ...body, name: Name });
    });
  const make = (
    <Button kind="main" icon="plus" onClick={() => setSheet({ subscription: undefined, open: true })}>
      New subscription
    </Button>
  );
  const acts = { test, change: (subscription: Subscription) => setSheet({ subscription, open: true }), letters: setLetters, remove: setRemoving };
  return (
    <div className="page">
      <WatchHead here="/events/subscriptions" title="Subscriptions" sub={data && data.length > 0 ? words(data) : undefined} actions={data && data.length > 0 && make} />
      {[error, failure].map((cause, place) => cause != null && <ErrorMessage key={place} error={cause} />)}
      {tried && (
        <Message kind={tried.Delivered ? "ok" : "warn"}>
          {tried.Delivered ? `${tried.name} took the test event after ${tried.Milliseconds.toLocaleString("en")} ms.` : `${tried.name} did not take the test event: ${tried.Reason ?? "no reason was given"}.`}
        </Message>
      )}
      {!data && !error && <Loading rows={4} />}
      {data?.length === 0 && (
        <div className="card">
          <Empty title="Nobody is told yet" actions={make}>
            Have events sent to an address of yours, signed, or to a topic of Event Grid. The operator lists the hosts that may be told in PERENNIAL_EVENT_HOSTS.
          </Empty>
        </div>
      )}
      {data && data.length > 0 && (
        <div className="card">
          <Table label="Subscriptions" className="two-rows" columns={columns(acts)} rows={data} rowKey={({ Name }) => Name} />
        </div>
      )}
      <SubscriptionSheet key={sheet.subscription?.Name ?? ""} open={sheet.open} close={() => setSheet({ ...sheet, open: false })} subscription={sheet.subscription} />
      {letters && <DeadLetters subscriber={letters.Name} count={letters.DeadLetters} close={() => setLetters(undefined)} />}
      <Confirm
        open={removing !== undefined}
        close={() => setRemoving(undefined)}
        title={`Delete ${removing?.Name ?? ""}?`}
        act="Delete subscription"
        busy={busy}
        onAct={() => void (removing && attempt(() => call("DELETE", SUBSCRIPTION, { path: { subscriber: removing.Name } })))}
      >
        Its receiver is told nothing more, also not what waits for it and its dead letters.
      </Confirm>
    </div>
  );
}

function words(subscriptions: readonly Subscription[]): string {
  const failing = subscriptions.filter(({ Enabled, Failures, DeadLetters: dead }) => (Enabled && Failures > 0) || dead > 0);
  return failing.length === 0 ? "All receivers take their events." : `${failing.map(({ Name }) => Name).join(", ")} ${failing.length === 1 ? "does" : "do"} not take all events.`;
}

interface Acts {
  test: (subscription: Subscription) => void;
  change: (subscription: Subscription) => void;
  letters: (subscription: Subscription) => void;
  remove: (subscription: Subscription) => void;
}

function columns({ test, change, letters, remove }: Acts): Column<Subscription>[] {
  return [
    {
      name: "Subscription",
      heads: true,
      cell: ({ Name, Url, Kind }) => (
        <>
          <span className="target cut">{Name}</span>
          <span className="faint t12 cut other" title={Url}>{`${Kind === "EventGrid" ? "Event Grid" : "Webhook"}, ${Url}`}</span>
        </>
      ),
    },
    {
      name: "State",
      cell: ({ Enabled, Failures, NextAt }) =>
        !Enabled ? <State state="cancelled" word="Switched off" /> : Failures > 0 ? <State state="failed" word={`Failing, tried again ${when(NextAt)}`} /> : <State state="answering" word="Takes events" />,
    },
    { name: "Kinds", cell: ({ Types }) => <span className="dim" title={Types.map(typeWord).join(", ")}>{Types.length === 0 ? "all" : Types.length === 1 ? typeWord(Types[0] ?? "") : `${Types.length} kinds`}</span> },
    {
      name: "Last",
      cell: ({ LastDeliveredAt, LastError }) => (
        <>
          <span className="dim">{LastDeliveredAt ? when(LastDeliveredAt) : "none yet"}</span>
          {LastError && <span className="t12 faint other">{LastError}</span>}
        </>
      ),
    },
    { name: "Waiting", figure: true, cell: ({ Waiting }) => <span data-name="Waiting">{Waiting.toLocaleString("en")}</span> },
    {
      name: "Dead letters",
      figure: true,
      cell: (subscription) =>
        subscription.DeadLetters === 0 ? (
          <span data-name="Dead letters">0</span>
        ) : (
          <Button size="s" kind="quiet" onClick={() => letters(subscription)}>
            {subscription.DeadLetters === 1 ? "1 dead letter" : `${subscription.DeadLetters.toLocaleString("en")} dead letters`}
          </Button>
        ),
    },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (subscription) => (
        <Menu
          label={`More for ${subscription.Name}`}
          size="s"
          entries={[
            { name: "Send a test event", icon: "play", act: () => test(subscription) },
            { name: "Change", icon: "pen", act: () => change(subscription) },
            { name: "Delete", icon: "x", danger: true, act: () => remove(subscription) },
          ]}
        />
      ),
    },
  ];
}
