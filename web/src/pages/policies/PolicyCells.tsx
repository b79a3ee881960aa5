import { useLive } from "../../api/poll";
import { isGoing, State } from "../../parts/State";
import { when } from "../../parts/times";
import { challengeState } from "../services/policyWords";
import { challengeWords, gateWords } from "../services/policyWords";
import { type Challenge, ENDPOINT, type Policy } from "../services/shapes";

interface CellProps {
  path: { service: string; endpoint: string };
}

/** What a new model must achieve. */
export function Gate({ path, metric, heldBack }: CellProps & { metric: string | null; heldBack: string | null }) {
  const { data } = useLive<Policy>(`${ENDPOINT}/policy`, { path });
  return <span className="why">{data ? gateWords(data.Gate) : `${metric ?? "–"} on ${heldBack ?? "–"}`}</span>;
}

/** How the last challenge ended, with both metrics, or how far it is. */
export function LastChallenge({ path }: CellProps) {
  const { data } = useLive<Challenge[]>(`${ENDPOINT}/policy/challenges`, { path, going: ([latest]) => isGoing(latest?.StatusCode) });
  const [latest] = data ?? [];
  if (!data) return null;
  if (!latest) return <span className="faint">No challenge yet</span>;
  const state = challengeState(latest);
  return (
    <>
      <State state={state} /> <span className="faint t12">{when(latest.EndTime ?? latest.CreationTime)}</span>
      <span className="why t12 dim">{challengeWords(latest) || latest.Why || latest.Details}</span>
    </>
  );
}
