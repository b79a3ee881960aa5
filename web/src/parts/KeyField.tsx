import { useEffect, useId, useState } from "react";
import { Button, IconButton } from "./Button";
import { Copy } from "./Copy";

const SHOWN_MS = 30_000;
const DOTS = "•".repeat(24);

interface KeyFieldProps {
  label: string;
  /** The key itself, which is in the page only while it is shown or copied. */
  read: () => Promise<string>;
  /** Makes a new one; the old one stops working. Left out where keys cannot be renewed. */
  renew?: () => Promise<void>;
}

/** A key: dots; Show for 30 seconds, Copy without showing, and a new one after one question. */
export function KeyField({ label, read, renew }: KeyFieldProps) {
  const id = useId();
  const [shown, setShown] = useState<string>();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (shown === undefined) return;
    const timer = setTimeout(() => setShown(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  const make = async () => {
    setBusy(true);
    try {
      await renew?.();
      setShown(undefined);
      setAsking(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="f">
      <label htmlFor={id}>{label}</label>
      <div className="row g4">
        <input className="in sm mono grow" id={id} readOnly value={shown ?? DOTS} />
        <IconButton
          size="s"
          icon="eye"
          label={shown === undefined ? `Show ${label}` : `Hide ${label}`}
          onClick={async () => setShown(shown === undefined ? await read() : undefined)}
        />
        <Copy text={read} label={`Copy ${label}`} />
        {renew && <IconButton size="s" icon="renew" label={`Make a new ${label}`} onClick={() => setAsking(true)} />}
      </div>
      {asking && (
        <div className="msg warn t12" role="alert">
          <div className="grow">Callers that use the old key are refused within a second.</div>
          <div className="row">
            <Button size="s" onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button size="s" kind="destroy" busy={busy} onClick={make}>
              Make a new one
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
