import { useMemo } from "react";
import { ChartCard } from "../../charts/ChartCard";
import { HeatMap } from "../../charts/HeatMap";
import { ClassesTable } from "./cards/ClassesTable";
import { ImportancesCard } from "./cards/ImportancesCard";
import { LossCard } from "./cards/LossCard";
import { MetricsCard } from "./cards/MetricsCard";
import { TopKCard } from "./cards/TopKCard";
import { CardGrid } from "./CardGrid";
import { classesOf } from "./classes";
import { rowsOf } from "./evaluated";
import type { LiveLoss } from "./LiveLoss";
import { type Side, sideName } from "./Side";

/** Several classes: the matrix as a heat map, and what becomes of each class. */
export function ClassesView({ sides, live }: { sides: readonly Side[]; live?: LiveLoss | undefined }) {
  const metrics = useMemo(
    () => [
      ...Object.keys(sides[0]!.model.metrics).map((name) => ({
        name: name.replaceAll("_", " "),
        values: sides.map(({ model }) => model.metrics[name] ?? null),
      })),
      { name: "Log loss", values: sides.map(({ model }) => model.details.logLoss ?? null), lessIsBetter: true },
    ],
    [sides],
  );
  return (
    <CardGrid>
      {sides.map((side) => (
        <MatrixCard key={side.tone} side={side} named={sides.length > 1} />
      ))}
      <ClassesTable sides={sides} />
      <MetricsCard sides={sides} rows={rowsOf(sides[0]!.model)} groups={[{ rows: metrics }]} />
      {sides.some(({ model }) => model.details.topK) && <TopKCard sides={sides} />}
      {sides.some(({ model }) => model.details.importances) && <ImportancesCard sides={sides} />}
      {(live || sides.some(({ model }) => model.details.trainingCurve)) && <LossCard sides={sides} live={live} />}
    </CardGrid>
  );
}

const MOST = 40;

function MatrixCard({ side, named }: { side: Side; named: boolean }) {
  const { labels, details } = side.model;
  const title = named ? `Confusion matrix of ${sideName(side)}` : "Confusion matrix";
  const matrix = useMemo(() => details.confusionMatrix ?? [], [details]);
  const shown = useMemo(() => largestClasses(side, MOST), [side]);
  const part = useMemo(() => shown.map((row) => shown.map((column) => matrix[row]?.[column] ?? 0)), [shown, matrix]);
  const names = useMemo(() => shown.map((place) => labels[place] ?? String(place)), [shown, labels]);
  const right = matrix.reduce((sum, row, place) => sum + (row[place] ?? 0), 0);
  return (
    <ChartCard
      title={title}
      note="rows"
      footer={
        labels.length > MOST
          ? `The ${MOST} most frequent of ${labels.length} classes. Shade is the share of the row`
          : "Left what a row is, above what the model says. Shade is the share of the row"
      }
      table={() => ({
        columns: ["is", "says", "rows"],
        rows: matrix.flatMap((row, is) => row.map((count, says) => [labels[is] ?? "", labels[says] ?? "", count])),
      })}
    >
      <HeatMap name={`${title}: ${right} rows on the diagonal`} rows={names} columns={names} counts={part} rowWord="is" columnWord="says" />
    </ChartCard>
  );
}

function largestClasses(side: Side, most: number): number[] {
  const classes = classesOf(side.model);
  return classes
    .map(({ rows }, place) => ({ rows, place }))
    .sort((a, b) => b.rows - a.rows)
    .slice(0, most)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
}
