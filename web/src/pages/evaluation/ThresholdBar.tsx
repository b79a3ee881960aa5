import { type ReactNode, useEffect, useState } from "react";
import { Swatch } from "../../charts/Mark";
import { IconButton } from "../../parts/Button";
import { CostRuler } from "./CostRuler";
import { sideName, type ThresholdSide } from "./Side";
import { bestThreshold, costOf, ratesOf } from "./thresholds";

interface ThresholdBarProps {
  sides: readonly ThresholdSide[];
  threshold: number;
  onThreshold: (threshold: number) => void;
  missCost: number;
  onMissCost: (cost: number) => void;
  onSwap?: (() => void) | undefined;
  picker?: ((side: 0 | 1) => ReactNode) | undefined;
}

/** The models on the page, the threshold with its ruler, and what a miss costs. */
export function ThresholdBar({ sides, threshold, onThreshold, missCost, onMissCost, onSwap, picker }: ThresholdBarProps) {
  const first = sides[0]!;
  const lowest = () => bestThreshold(first.curve, (counts) => -costOf(counts, missCost));
  const bestF1 = () => bestThreshold(first.curve, (counts) => ratesOf(counts).f1);
  return (
    <div className="card thr">
      <Models sides={sides} onSwap={onSwap} picker={picker} />
      <div className="thb">
        <NumberField label="Threshold" value={threshold} low={0} high={1} onValue={onThreshold} big />
      </div>
      <CostRuler sides={sides} threshold={threshold} missCost={missCost} onThreshold={onThreshold} />
      <div className="thc">
        <div className="row g6">
          <span className="t12 dim">A miss costs</span>
          <NumberField label="Cost of a miss" value={missCost} low={0} high={1e6} onValue={onMissCost} hidden />
          <span className="t12 dim">false alarms</span>
        </div>
        <div className="row g4">
          <button type="button" className="chip xs" onClick={() => onThreshold(0.5)}>
            0.5
          </button>
          <button type="button" className="chip xs" onClick={() => onThreshold(bestF1())}>
            Best F1
          </button>
          <button type="button" className="chip xs" onClick={() => onThreshold(lowest())}>
            Lowest cost
          </button>
        </div>
      </div>
    </div>
  );
}

/** The models with their marks; which sides they have can be swapped. */
export function Models({ sides, onSwap, picker }: Pick<ThresholdBarProps, "onSwap" | "picker"> & { sides: readonly Pick<ThresholdSide, "tone" | "model">[] }) {
  return (
    <div className="mdls">
      {([0, 1] as const).map((place) => {
        const side = sides[place];
        return picker ? (
          <div key={place} className="mdl-pick">
            <Swatch tone={place + 1} />
            {picker(place)}
          </div>
        ) : side ? (
          <div key={place} className="mdl">
            <Swatch tone={side.tone} />
            <span className="col g2 grow">
              <b className="cut" title={sideName(side)}>
                {sideName(side)}
              </b>
              <small>{side.model.learner}</small>
            </span>
          </div>
        ) : null;
      })}
      {sides.length > 1 && onSwap && (
        <IconButton kind="quiet" size="s" icon="swap" label="Swap sides" title="Swap sides (X)" onClick={onSwap} />
      )}
    </div>
  );
}

interface NumberFieldProps {
  label: string;
  value: number;
  low: number;
  high: number;
  onValue: (value: number) => void;
  big?: boolean;
  hidden?: boolean;
}

/** A number that may be typed freely; it counts as soon as it is one within its range. */
function NumberField({ label, value, low, high, onValue, big = false, hidden = false }: NumberFieldProps) {
  const [text, setText] = useState(String(value));
  const number = text.trim() === "" ? Number.NaN : Number(text.replace(",", "."));
  const right = number >= low && number <= high;
  useEffect(() => {
    setText((now) => (Number(now.replace(",", ".")) === value ? now : String(value)));
  }, [value]);
  return (
    <label className="f">
      <span className={hidden ? "sr" : "lab"}>{label}</span>
      <input
        className={`in ${big ? "big" : "sm w44"} ${right ? "" : "bad"}`}
        value={text}
        inputMode="decimal"
        aria-invalid={!right}
        title={right ? undefined : `A number from ${low} to ${high}`}
        onChange={(event) => {
          setText(event.target.value);
          const typed = event.target.value.trim() === "" ? Number.NaN : Number(event.target.value.replace(",", "."));
          if (typed >= low && typed <= high) onValue(typed);
        }}
      />
    </label>
  );
}
