import { Button } from "../../parts/Button";
import type { Scorer } from "./useScorer";

/** Where the graph is not one of this app's: ONNX Runtime, whose size is said before it is loaded. */
export function RuntimeOffer({ scorer }: { scorer: Scorer }) {
  if (!scorer.loadRuntime && !scorer.isLoading) return null;
  return (
    <div className="col g4">
      <Button size="s" icon="browser" busy={scorer.isLoading} onClick={scorer.loadRuntime ?? undefined}>
        {scorer.isLoading ? "Loading ONNX Runtime" : "Score here with ONNX Runtime"}
      </Button>
      <p className="t12 faint">2.7 MB from this app, once; then your browser keeps it.</p>
    </div>
  );
}
