import { ChartCard } from "../../../charts/ChartCard";
import { figure } from "../../../charts/figures";
import { Histogram } from "../../../charts/Histogram";
import { Swatch } from "../../../charts/Mark";
import { type Side, sideName } from "../Side";

/** How often errors of each size are. */
export function ResidualsCard({ sides }: { sides: readonly Side[] }) {
  const bins = sides.flatMap((side) => {
    const found = side.model.details.predictions?.errors ?? side.model.details.residualHistogram;
    return found ? [{ side, ...found }] : [];
  });
  if (bins.length === 0) return null;
  return (
    <ChartCard
      title="Errors"
      note="predicted less actual"
      footer="The dashed line is no error"
      table={() => ({
        columns: ["model", "from", "to", "rows"],
        rows: bins.flatMap(({ side, edges, counts }) => counts.map((count, place) => [sideName(side), edges[place]!, edges[place + 1]!, count])),
      })}
    >
      <div className="col g12">
        {bins.map(({ side, edges, counts }) => (
          <div key={side.tone}>
            {bins.length > 1 && (
              <p className="t12">
                <Swatch tone={side.tone} /> {sideName(side)}
              </p>
            )}
            <Histogram
              name={`Errors of ${sideName(side)}, from ${figure(edges[0])} to ${figure(edges.at(-1))}`}
              edges={edges}
              counts={counts}
              tone={side.tone}
              height={bins.length > 1 ? 140 : 300}
              zero={(edges[0] ?? 0) <= 0 && (edges.at(-1) ?? 0) >= 0 ? 0 : undefined}
            />
          </div>
        ))}
      </div>
    </ChartCard>
  );
}
