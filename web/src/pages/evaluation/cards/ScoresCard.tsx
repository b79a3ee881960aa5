import { memo, useMemo } from "react";
import { BottomAxis } from "../../../charts/Axes";
import { ChartCard } from "../../../charts/ChartCard";
import { figure, percent } from "../../../charts/figures";
import { type Frame, xScale } from "../../../charts/frame";
import { Plot } from "../../../charts/Plot";
import { shorten } from "../../../charts/Legend";
import { classNames } from "../evaluated";
import { sideName, type ThresholdSide } from "../Side";
import { countsAt, ratesOf, scoreBins } from "../thresholds";

const BINS = 25;

/** Rows by score: those of the one class up, of the other down; pale where the threshold puts them wrong. */
export function ScoresCard({ sides, threshold }: { sides: readonly ThresholdSide[]; threshold: number }) {
  const [negative, positive] = classNames(sides[0]!.model);
  return (
    <ChartCard
      title="Scores"
      note="share of each class"
      footer={`Up: is ${shorten(positive, 16)}. Down: is ${shorten(negative, 16)}. Pale: on the wrong side`}
      table={() => ({
        columns: ["model", "score from", "score to", `rows that are ${positive}`, `rows that are ${negative}`],
        rows: sides.flatMap((side) => {
          const bins = scoreBins(side.curve, BINS);
          return bins.positive.map((count, bin) => [sideName(side), bin / BINS, (bin + 1) / BINS, count, bins.negative[bin]!]);
        }),
      })}
    >
      <div className="col g12">
        {sides.map((side) => (
          <ScoreChart key={side.tone} side={side} threshold={threshold} height={sides.length > 1 ? 146 : 300} />
        ))}
      </div>
    </ChartCard>
  );
}

function ScoreChart({ side, threshold, height }: { side: ThresholdSide; threshold: number; height: number }) {
  const [negative, positive] = classNames(side.model);
  const shares = useMemo(() => {
    const bins = scoreBins(side.curve, BINS);
    const share = (counts: number[], whole: number) => counts.map((count) => (whole === 0 ? 0 : count / whole));
    return { up: share(bins.positive, side.curve.positives), down: share(bins.negative, side.curve.negatives), bins };
  }, [side]);
  const { recall, falsePositiveRate } = ratesOf(countsAt(side.curve, threshold));
  const tips = useMemo(
    () => (frame: Frame) =>
      shares.up.map((_, bin) => ({
        x: xScale(frame, [0, 1])((bin + 0.5) / BINS),
        y: (frame.top + frame.bottom) / 2,
        value: `${figure(shares.bins.positive[bin])} ${positive}, ${figure(shares.bins.negative[bin])} ${negative}`,
        what: `score ${bin / BINS} to ${(bin + 1) / BINS}`,
      })),
    [shares, positive, negative],
  );
  return (
    <Plot
      name={`Scores of ${sideName(side)}: ${percent(recall)} of ${positive} and ${percent(falsePositiveRate)} of ${negative} are right of the threshold`}
      height={height}
      tips={tips}
      weightOfY={0}
      margins={{ left: 40, top: 18, bottom: 20 }}
    >
      {(frame) => {
        const x = xScale(frame, [0, 1]);
        const at = x(threshold);
        return (
          <>
            <text className="lab-c" x={0} y={11}>
              <title>{sideName(side)}</title>
              {shorten(sideName(side), 18)}
            </text>
            <Bars frame={frame} up={shares.up} down={shares.down} tone={side.tone} cut={Math.floor(threshold * BINS + 1e-9)} />
            <BottomAxis frame={frame} axis={{ domain: [0, 1] }} />
            <line className="th" x1={at} x2={at} y1={frame.top - 4} y2={frame.bottom} />
            <text x={frame.right} y={11} textAnchor="end">
              <tspan className="val">{percent(recall)}</tspan> of {shorten(positive, 10)} right of it
            </text>
            <text className="halo" x={frame.right} y={frame.bottom - 6} textAnchor="end">
              <tspan className="val">{percent(falsePositiveRate)}</tspan> of {shorten(negative, 10)}, too
            </text>
          </>
        );
      }}
    </Plot>
  );
}

interface BarsProps {
  frame: Frame;
  up: readonly number[];
  down: readonly number[];
  tone: number;
  /** The first bin that is right of the threshold. */
  cut: number;
}

const Bars = memo(function Bars({ frame, up, down, tone, cut }: BarsProps) {
  const most = Math.max(1e-9, ...up) + Math.max(1e-9, ...down);
  const scale = (frame.bottom - frame.top) / most;
  const middle = frame.top + Math.max(1e-9, ...up) * scale;
  const width = (frame.right - frame.left) / up.length;
  return (
    <>
      {up.map((share, bin) => (
        <rect
          key={`up ${bin}`}
          className={`f${tone} ${bin >= cut ? "" : "o40"}`}
          x={frame.left + bin * width + 0.5}
          width={Math.max(1, width - 1)}
          y={middle - share * scale}
          height={share * scale}
        />
      ))}
      {down.map((share, bin) => (
        <rect
          key={`down ${bin}`}
          className={`fm ${bin >= cut ? "o40" : ""}`}
          x={frame.left + bin * width + 0.5}
          width={Math.max(1, width - 1)}
          y={middle}
          height={share * scale}
        />
      ))}
      <line className="ax" x1={frame.left} x2={frame.right} y1={middle} y2={middle} />
    </>
  );
});
