import { useMemo } from "react";
import { BarChart } from "../../charts/BarChart";
import { ChartCard } from "../../charts/ChartCard";
import { figure } from "../../charts/figures";
import { Histogram } from "../../charts/Histogram";
import { MetricsCard } from "./cards/MetricsCard";
import { CardGrid } from "./CardGrid";
import { rowsOf } from "./evaluated";
import { type Side, sideName } from "./Side";

/** Clusters: how many rows each has, and how far they are from its centre. */
export function ClustersView({ sides }: { sides: readonly Side[] }) {
  const metrics = Object.keys(sides[0]!.model.metrics).map((name) => ({
    name,
    values: sides.map(({ model }) => model.metrics[name] ?? null),
    lessIsBetter: !/combined evaluation/i.test(name) || /distance/i.test(name),
  }));
  return (
    <CardGrid>
      {sides.map((side) => (
        <SizesCard key={side.tone} side={side} named={sides.length > 1} />
      ))}
      {sides.map((side) => (
        <DistancesCard key={side.tone} side={side} named={sides.length > 1} />
      ))}
      {metrics.length > 0 && <MetricsCard sides={sides} rows={rowsOf(sides[0]!.model)} groups={[{ rows: metrics }]} />}
    </CardGrid>
  );
}

function SizesCard({ side, named }: { side: Side; named: boolean }) {
  const clusters = side.model.details.clusters;
  const bars = useMemo(
    () =>
      (clusters?.rows ?? []).map((rows, place) => ({
        label: `Cluster ${place}`,
        values: [rows],
        note: clusters?.meanDistance[place] === null ? "no rows" : `mean distance ${figure(clusters?.meanDistance[place])}`,
      })),
    [clusters],
  );
  return (
    <ChartCard
      title={named ? `Clusters of ${sideName(side)}` : "Clusters"}
      note="rows"
      table={() => ({
        columns: ["cluster", "rows", "mean distance"],
        rows: (clusters?.rows ?? []).map((rows, place) => [place, rows, clusters?.meanDistance[place] ?? null]),
      })}
    >
      <BarChart name={`Rows in ${bars.length} clusters`} bars={bars} series={[{ name: "rows", tone: side.tone }]} label="Rows" />
    </ChartCard>
  );
}

function DistancesCard({ side, named }: { side: Side; named: boolean }) {
  const distances = side.model.details.clusters?.distances;
  if (!distances) return null;
  return (
    <ChartCard
      title={named ? `Distances of ${sideName(side)}` : "Distances"}
      note="to the nearest centre"
      footer="Rows far from every centre fit no cluster"
      table={() => ({
        columns: ["from", "to", "rows"],
        rows: distances.counts.map((count, place) => [distances.edges[place]!, distances.edges[place + 1]!, count]),
      })}
    >
      <Histogram name="Distance of rows to the nearest centre" edges={distances.edges} counts={distances.counts} tone={side.tone} height={300} label="Distance" />
    </ChartCard>
  );
}
