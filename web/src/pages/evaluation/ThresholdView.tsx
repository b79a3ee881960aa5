import { type ReactNode, useEffect, useMemo, useState } from "react";
import { Message } from "../../parts/Message";
import { CalibrationCard } from "./cards/CalibrationCard";
import { ConfusionCard } from "./cards/ConfusionCard";
import { ImportancesCard } from "./cards/ImportancesCard";
import { LiftCard } from "./cards/LiftCard";
import { LossCard } from "./cards/LossCard";
import { PrecisionRecallCard } from "./cards/PrecisionRecallCard";
import { RocCard } from "./cards/RocCard";
import { ScoresCard } from "./cards/ScoresCard";
import { ThresholdMetricsCard } from "./cards/ThresholdMetricsCard";
import { CardGrid } from "./CardGrid";
import type { LiveLoss } from "./LiveLoss";
import type { Side, ThresholdSide } from "./Side";
import { ThresholdBar } from "./ThresholdBar";
import { curveOf, stepped } from "./thresholds";
import { useThresholdKeys } from "./useThresholdKeys";

interface ThresholdViewProps {
  sides: readonly Side[];
  live?: LiveLoss | undefined;
  onSwap?: (() => void) | undefined;
  picker?: ((side: 0 | 1) => ReactNode) | undefined;
}

/** Two classes, or anomalies: all charts follow one threshold in the same frame. */
export function ThresholdView({ sides, live, onSwap, picker }: ThresholdViewProps) {
  const [threshold, setThreshold] = useState(0.5);
  const [missCost, setMissCost] = useState(5);
  const known = useMemo(
    () => sides.flatMap((side): ThresholdSide[] => {
      const curve = curveOf(side.model.details);
      return curve ? [{ ...side, curve }] : [];
    }),
    [sides],
  );
  useThresholdKeys((by) => setThreshold((now) => stepped(now, by)));
  useEffect(() => {
    if (!onSwap) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "x" && !isTyping(event) && !event.ctrlKey && !event.metaKey && !event.altKey) onSwap();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onSwap]);
  if (known.length === 0) return <NoCurves />;
  const bothClasses = known.every(({ curve }) => curve.positives > 0 && curve.negatives > 0);
  return (
    <>
      <ThresholdBar
        sides={known}
        threshold={threshold}
        onThreshold={setThreshold}
        missCost={missCost}
        onMissCost={setMissCost}
        onSwap={onSwap}
        picker={picker}
      />
      {!bothClasses && (
        <Message kind="warn">
          All evaluated rows are of one class, so there is no ROC curve, no lift and no AUC. Evaluate on rows of both classes.
        </Message>
      )}
      <CardGrid>
        {bothClasses && <RocCard sides={known} threshold={threshold} onThreshold={setThreshold} />}
        {bothClasses && <PrecisionRecallCard sides={known} threshold={threshold} onThreshold={setThreshold} />}
        <ThresholdMetricsCard sides={known} threshold={threshold} missCost={missCost} />
        <ConfusionCard sides={known} threshold={threshold} />
        <ScoresCard sides={known} threshold={threshold} />
        {known.some(({ model }) => model.details.calibration) && <CalibrationCard sides={known} />}
        {known.some(({ model }) => model.details.importances) && <ImportancesCard sides={known} />}
        {(live || known.some(({ model }) => model.details.trainingCurve)) && <LossCard sides={known} live={live} />}
        {bothClasses && <LiftCard sides={known} threshold={threshold} />}
      </CardGrid>
    </>
  );
}

function NoCurves() {
  return (
    <Message kind="warn">
      This evaluation holds no scores, so there are no curves to draw. Run the experiment again with Evaluate Model after
      Score Model.
    </Message>
  );
}

function isTyping(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]") !== null;
}
