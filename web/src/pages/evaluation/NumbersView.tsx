import { ImportancesCard } from "./cards/ImportancesCard";
import { LossCard } from "./cards/LossCard";
import { MetricsCard } from "./cards/MetricsCard";
import { PredictionsCard } from "./cards/PredictionsCard";
import { QuantilesCard } from "./cards/QuantilesCard";
import { ResidualsCard } from "./cards/ResidualsCard";
import { ErrorsByPredictionCard } from "./cards/ErrorsByPredictionCard";
import { CardGrid } from "./CardGrid";
import { rowsOf } from "./evaluated";
import type { LiveLoss } from "./LiveLoss";
import type { Side } from "./Side";

const GREATER_IS_BETTER = "Coefficient_of_Determination";

/** Numbers to predict: predicted against actual, errors, and where they are large. */
export function NumbersView({ sides, live }: { sides: readonly Side[]; live?: LiveLoss | undefined }) {
  const metrics = Object.keys(sides[0]!.model.metrics).map((name) => ({
    name: name.replaceAll("_", " "),
    values: sides.map(({ model }) => model.metrics[name] ?? null),
    lessIsBetter: name !== GREATER_IS_BETTER,
  }));
  return (
    <CardGrid>
      {sides.some(({ model }) => model.details.predictions) && <PredictionsCard sides={sides} />}
      {sides.some(({ model }) => model.details.predictions) && <ErrorsByPredictionCard sides={sides} />}
      <MetricsCard sides={sides} rows={rowsOf(sides[0]!.model)} groups={[{ rows: metrics }]} />
      <ResidualsCard sides={sides} />
      {sides.some(({ model }) => model.details.quantiles) && <QuantilesCard sides={sides} />}
      {sides.some(({ model }) => model.details.importances) && <ImportancesCard sides={sides} />}
      {(live || sides.some(({ model }) => model.details.trainingCurve)) && <LossCard sides={sides} live={live} />}
    </CardGrid>
  );
}
