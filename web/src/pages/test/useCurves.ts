import { useEffect, useState } from "react";
import type { DistantModel, Model } from "../../../scoring";
import { inTurns } from "../../shell/idle";
import type { ScoredRow } from "./browserScore";
import { columnCurve, type Curve } from "./curves";
import type { FormColumn } from "./form";

/** A row that the scorer in this browser scored, and which of its scores the curves show. */
export interface Drawn {
  /** The place of that score among those of a row. */
  main: number;
  score: number;
  row: ScoredRow;
}

/** The curves of a row's columns with the row that they are of. */
export interface Curves extends Drawn {
  model: Model | DistantModel;
  curves: ReadonlyMap<string, Curve>;
}

/** A typist waits for no curve: they begin when the typing pauses for so long, a few at a time while the browser is idle. */
const PAUSE_MS = 200;
const LATEST_MS = 400;

/** The curves of the last row that could be scored, as it was when the typing paused; null without a scorer. */
export function useCurves(columns: readonly FormColumn[], model: Model | DistantModel | null, drawn: Drawn | null): Curves | null {
  const [curves, setCurves] = useState<Curves | null>(null);
  const { main = 0, score = 0, row = null } = drawn ?? {};
  useEffect(() => {
    if (model === null) return setCurves(null);
    if (row === null) return;
    const found = new Map<string, Curve | null | Promise<Curve | null>>();
    let isCurrent = true;
    const jobs = columns.map(({ Name }, place) => () => void found.set(Name, curveNow(model, row, columns[place]!, main)));
    const tell = async () => {
      const settled = await Promise.all([...found].map(async ([name, curve]) => [name, await curve] as const));
      const there = settled.filter((entry): entry is [string, Curve] => entry[1] !== null);
      if (isCurrent) setCurves({ model, main, score, row, curves: new Map(there) });
    };
    let stop = () => {};
    const timer = setTimeout(() => (stop = inTurns(jobs, () => void tell(), LATEST_MS)), PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      stop();
    };
  }, [columns, model, main, score, row]);
  return curves;
}

function curveNow(model: Model | DistantModel, row: ScoredRow, column: FormColumn, main: number): Curve | null | Promise<Curve | null> {
  try {
    const curve = columnCurve(model, row, column, main);
    return curve instanceof Promise ? curve.catch(() => null) : curve;
  } catch {
    // A value of the column that cannot be read has no score.
    return null;
  }
}
