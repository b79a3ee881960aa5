import { type ReactNode, useMemo } from "react";
import { Message } from "../../parts/Message";
import { ClassesView } from "./ClassesView";
import { ClustersView } from "./ClustersView";
import { type Evaluated, taskOf } from "./evaluated";
import type { LiveLoss } from "./LiveLoss";
import { NumbersView } from "./NumbersView";
import type { Side } from "./Side";
import { Models } from "./ThresholdBar";
import { ThresholdView } from "./ThresholdView";
import "./evaluation.css";

interface EvaluationViewProps {
  models: readonly Evaluated[];
  live?: LiveLoss | undefined;
  onSwap?: (() => void) | undefined;
  picker?: ((side: 0 | 1) => ReactNode) | undefined;
}

/** The charts of one model, or of two side by side. */
export function EvaluationView({ models, live, onSwap, picker }: EvaluationViewProps) {
  const sides = useMemo(() => models.slice(0, 2).map((model, place): Side => ({ tone: place === 0 ? 1 : 2, model })), [models]);
  const first = sides[0];
  if (first === undefined) return null;
  const task = taskOf(first.model);
  const other = sides[1] && taskOf(sides[1].model) !== task ? sides[1] : undefined;
  const shown = other ? [first] : sides;
  return (
    <>
      {other && (
        <Message kind="warn">
          {other.model.name} does another task ({other.model.task || "unknown"}) than {first.model.name}, so there is nothing to
          compare. Choose a model that predicts the same.
        </Message>
      )}
      {task === "threshold" ? (
        <ThresholdView sides={shown} live={live} onSwap={shown.length > 1 ? onSwap : undefined} picker={picker} />
      ) : (
        <>
          <div className="card thr plain">
            <Models sides={shown} onSwap={shown.length > 1 ? onSwap : undefined} picker={picker} />
          </div>
          {task === "classes" && <ClassesView sides={shown} live={live} />}
          {task === "numbers" && <NumbersView sides={shown} live={live} />}
          {task === "clusters" && <ClustersView sides={shown} />}
        </>
      )}
    </>
  );
}
