import { ChartCard } from "../../../charts/ChartCard";
import { figure, percent } from "../../../charts/figures";
import { Swatch } from "../../../charts/Mark";
import { shade } from "../../../charts/statistics";
import { classNames } from "../evaluated";
import { sideName, type ThresholdSide } from "../Side";
import { type Counts, countsAt } from "../thresholds";

/** What each model says of rows of each class at the threshold. */
export function ConfusionCard({ sides, threshold }: { sides: readonly ThresholdSide[]; threshold: number }) {
  return (
    <ChartCard
      title="Confusion matrix"
      note={`at ${threshold}`}
      footer="Shade is the share of the row"
      drawn={false}
      table={() => ({
        columns: ["model", "is", "says", "rows"],
        rows: sides.flatMap((side) => {
          const counts = countsAt(side.curve, threshold);
          const [negative, positive] = classNames(side.model);
          return [
            [sideName(side), positive, positive, counts.truePositives],
            [sideName(side), positive, negative, counts.falseNegatives],
            [sideName(side), negative, positive, counts.falsePositives],
            [sideName(side), negative, negative, counts.trueNegatives],
          ];
        }),
      })}
    >
      <div className="cms">
        {sides.map((side) => (
          <Matrix key={side.tone} side={side} counts={countsAt(side.curve, threshold)} named={sides.length > 1} />
        ))}
      </div>
    </ChartCard>
  );
}

function Matrix({ side, counts, named }: { side: ThresholdSide; counts: Counts; named: boolean }) {
  const [negative, positive] = classNames(side.model);
  const { positives, negatives } = side.curve;
  return (
    <table className="cm">
      <caption className={named ? "" : "sr"}>
        <Swatch tone={side.tone} /> <span className="med">{sideName(side)}</span>
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col">
            <span className="cm-name" title={positive}>says {positive}</span>
          </th>
          <th scope="col">
            <span className="cm-name" title={negative}>says {negative}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">
            <span className="cm-name" title={positive}>is {positive}</span>
          </th>
          <Cell count={counts.truePositives} of={positives} word="found" />
          <Cell count={counts.falseNegatives} of={positives} word="missed" />
        </tr>
        <tr>
          <th scope="row">
            <span className="cm-name" title={negative}>is {negative}</span>
          </th>
          <Cell count={counts.falsePositives} of={negatives} word="false alarm" />
          <Cell count={counts.trueNegatives} of={negatives} word="rightly not" />
        </tr>
      </tbody>
    </table>
  );
}

function Cell({ count, of, word }: { count: number; of: number; word: string }) {
  const share = of === 0 ? 0 : count / of;
  return (
    <td className={`h${shade(share)}`}>
      <b>{figure(count)}</b>
      <small>{percent(share)}</small>
      <span>{word}</span>
    </td>
  );
}
