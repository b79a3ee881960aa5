import { useState } from "react";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { Sheet } from "../../parts/Sheet";
import { when } from "../../parts/times";
import { useToast } from "../../parts/Toast";
import { type DeadLetter, SUBSCRIPTION, SUBSCRIPTIONS } from "./shapes";
import { typeWord } from "./words";

/** The events that a receiver never took, oldest first, and a way to send them again. */
export function DeadLetters({ subscriber, count, close }: { subscriber: string; count: number; close: () => void }) {
  const path = { subscriber };
  const { data, error } = useLive<DeadLetter[]>(`${SUBSCRIPTION}/deadletters`, { path });
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const toast = useToast();
  const again = async () => {
    setBusy(true);
    setFailed(undefined);
    try {
      const { body } = await call<{ Events: number }>("POST", `${SUBSCRIPTION}/redeliver`, { path, body: "" });
      await refresh(SUBSCRIPTIONS);
      toast(`${body.Events.toLocaleString("en")} ${body.Events === 1 ? "event is" : "events are"} sent again, for another 24 hours`);
      close();
    } catch (found) {
      setFailed(found);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      open
      close={close}
      title={`Dead letters of ${subscriber}`}
      sub="Events that the receiver never took, oldest first"
      footer={
        <>
          <p className="t12 dim grow">{data && data.length < count ? `The first ${data.length.toLocaleString("en")} of ${count.toLocaleString("en")}.` : "Receivers know repeats by webhook-id."}</p>
          <Button onClick={close}>Not now</Button>
          <Button kind="main" icon="renew" busy={busy} disabled={count === 0} onClick={() => void again()}>
            Send them again
          </Button>
        </>
      }
    >
      {[error, failed].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {!data && !error && <Loading rows={4} />}
      {data?.length === 0 && <p className="dim">There are none.</p>}
      <ul className="list">
        {data?.map(({ Id, Type, Subject, Time, Attempts, LastError }) => (
          <li key={Id}>
            <div className="grow">
              <div className="row base">
                <b className="med">{Type ? typeWord(Type) : "An event that expired"}</b>
                <time className="end t12 faint">{when(Time)}</time>
              </div>
              <p className="t12 dim why">{`${Subject ?? ""} · ${Attempts} ${Attempts === 1 ? "attempt" : "attempts"}: ${LastError}`}</p>
            </div>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
