import { Button } from "../../parts/Button";
import { useActions } from "./actions";
import type { Finding } from "./validate";

/** Beside what is wrong, where one press mends it. */
export function MendButton({ finding }: { finding: Finding }) {
  const mend = useActions().mended(finding);
  if (!mend) return null;
  return (
    <Button size="s" icon="plus" onClick={mend} aria-label={`Add it: the model of ${finding.module ?? ""}`}>
      Add it
    </Button>
  );
}
