import { useState } from "react";
import { call } from "../../api/client";
import { BarChart } from "../../charts/BarChart";
import { figure } from "../../charts/figures";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { ErrorMessage, Message } from "../../parts/Message";
import type { ExecuteResponse } from "./answers";
import { largest, readExplanation, type RowExplanation } from "./explanation";

const MOST = 12;
const SERIES = [{ name: "adds", tone: 1 }];

interface ExplanationProps {
  /** Where the service scores; left out while the row cannot be sent. */
  address: string | undefined;
  endpointKey: string;
  body: string;
}

interface Asked {
  of: string;
  found: RowExplanation | null;
  error?: unknown;
}

/** What each column of the row adds to its score, when somebody asks. */
export function ExplanationCard({ address, endpointKey, body }: ExplanationProps) {
  const [asked, setAsked] = useState<Asked>();
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    if (address === undefined) return;
    setBusy(true);
    try {
      const headers = { authorization: `Bearer ${endpointKey}`, "content-type": "application/json" };
      const response = await call<ExecuteResponse>("POST", address, { body, headers, query: { "api-version": "2.0", explain: true } });
      setAsked({ of: body, found: readExplanation(response.body) });
    } catch (error) {
      setAsked({ of: body, found: null, error });
    } finally {
      setBusy(false);
    }
  };
  // An explanation of another row is none of this one.
  const shown = asked?.of === body ? asked : undefined;
  return (
    <Card
      title="Why this score"
      padded
      actions={
        <Button size="s" busy={busy} disabled={address === undefined} onClick={() => void ask()}>
          Explain this score
        </Button>
      }
    >
      {shown?.error !== undefined && <ErrorMessage error={shown.error} />}
      {!shown && <p className="t12 dim">What each column adds to the score of this row. Asked of the service, for this row only.</p>}
      {shown && shown.error === undefined && (shown.found ? <Bars found={shown.found} /> : <Message>This service&apos;s outputs are no scores that can be explained.</Message>)}
    </Card>
  );
}

function Bars({ found }: { found: RowExplanation }) {
  const bars = largest(found.parts, MOST).map(({ column, value }) => ({ label: column, values: [value] }));
  return (
    <div className="col g12">
      <BarChart name={`What ${bars.length} columns add to ${found.to}`} bars={bars} series={SERIES} />
      <p className="t12 dim wrap">
        {`Base ${figure(found.base)} and all columns make ${figure(found.sum)}: ${found.to}.`}
        {found.error > 0 && ` Each bar is right to about ${figure(found.error, 2)}.`}
      </p>
    </div>
  );
}
