import { Button } from "../../../parts/Button";
import { Message } from "../../../parts/Message";

/** Why the last run failed at this module. */
export function RunError({ error }: { error: string }) {
  const number = /Error (\d{4})/.exec(error)?.[0];
  return (
    <Message kind="fail">
      <p>
        <b>The last run failed here.</b> {error}
      </p>
      <div className="row g4 mt4">
        <Button size="s" kind="quiet" onClick={() => void navigator.clipboard?.writeText(error)}>
          Copy error
        </Button>
        {number && <span className="faint t11 end">{number}</span>}
      </div>
    </Message>
  );
}
