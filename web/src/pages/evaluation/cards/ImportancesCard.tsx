import { memo, useMemo } from "react";
import { BarChart } from "../../../charts/BarChart";
import { ChartCard } from "../../../charts/ChartCard";
import { fixed } from "../../../charts/figures";
import { taskOf } from "../evaluated";
import { type Side, sideName } from "../Side";

const SHOWN = 10;
const METRIC = { threshold: "AUC", classes: "Accuracy", numbers: "R²", clusters: "" } as const;

/** What the metric loses when a column is shuffled. */
export const ImportancesCard = memo(function ImportancesCard({ sides }: { sides: readonly Side[] }) {
  const bars = useMemo(() => {
    const first = sides.find(({ model }) => model.details.importances)?.model.details.importances ?? {};
    return Object.entries(first)
      .sort(([, a], [, b]) => b - a)
      .map(([label]) => ({ label, values: sides.map(({ model }) => model.details.importances?.[label] ?? null) }));
  }, [sides]);
  const shown = useMemo(() => bars.slice(0, SHOWN), [bars]);
  const metric = METRIC[taskOf(sides[0]!.model)];
  const top = shown[0];
  return (
    <ChartCard
      title="How much each column matters"
      footer={footer(sides, bars.length)}
      table={() => ({ columns: ["column", ...sides.map(sideName)], rows: bars.map((bar) => [bar.label, ...bar.values]) })}
    >
      <BarChart
        name={top ? `How much each column matters: most of all ${top.label}, ${fixed(top.values[0])}` : "No column matters"}
        bars={shown}
        series={sides.map((side) => ({ name: sideName(side), tone: side.tone }))}
        kind="marks"
        label={`${metric} lost when the column is shuffled`}
        text={fixed}
      />
    </ChartCard>
  );
});

function footer(sides: readonly Side[], count: number): string {
  const more = count > SHOWN ? `The first ${SHOWN} of ${count}. ` : "";
  return sides.length > 1 ? `${more}Sorted by ${sideName(sides[0]!)}; figures are its own` : `${more}Sorted by what is lost`;
}
