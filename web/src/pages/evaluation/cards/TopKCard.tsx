import { useMemo } from "react";
import { BarChart } from "../../../charts/BarChart";
import { ChartCard } from "../../../charts/ChartCard";
import { percent } from "../../../charts/figures";
import { type Side, sideName } from "../Side";

/** How often the right class is among the first guesses. */
export function TopKCard({ sides }: { sides: readonly Side[] }) {
  const bars = useMemo(
    () =>
      (sides[0]!.model.details.topK ?? []).map((_, place) => ({
        label: place === 0 ? "First guess" : `First ${place + 1}`,
        values: sides.map(({ model }) => model.details.topK?.[place] ?? null),
      })),
    [sides],
  );
  return (
    <ChartCard
      title="Right among the first guesses"
      table={() => ({ columns: ["guesses", ...sides.map(sideName)], rows: bars.map((bar, place) => [place + 1, ...bar.values]) })}
      footer="The share of rows whose class is among so many guesses"
    >
      <BarChart
        name={`Right among the first guesses: the first in ${percent(bars[0]?.values[0])}`}
        bars={bars}
        series={sides.map((side) => ({ name: sideName(side), tone: side.tone }))}
        text={(value) => percent(value)}
        label="Share of rows"
      />
    </ChartCard>
  );
}
