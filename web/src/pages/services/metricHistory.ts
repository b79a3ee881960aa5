/** The history of an endpoint as a line: which version answered from when on, and what its main metric was. */

import { mainMetric } from "./ModelsCard";
import { undoneBy } from "./history";
import type { Change, ModelVersion } from "./shapes";

export interface Span {
  sequence: number;
  /** Milliseconds; the last one ends now. */
  from: number;
  to: number;
  /** "v9", or the start of the hash of a model that no version is of. */
  word: string;
  value: number | null;
  inUse: boolean;
  undone: boolean;
}

export interface MetricHistory {
  metric: string;
  spans: Span[];
}

const MOST = 24;

/** The spans of one resource's models, oldest first; undefined where there is nothing to draw. */
export function metricHistory(changes: readonly Change[], versions: readonly ModelVersion[], resource: string, now: number): MetricHistory | undefined {
  const undone = undoneBy(changes);
  const swaps = changes.flatMap(({ Sequence, At, Resources }) => {
    const to = Resources.find(({ Name, From, To }) => Name === resource && From !== To)?.To;
    return to ? [{ sequence: Sequence, from: Date.parse(At), model: to }] : [];
  });
  const spans = swaps.slice(-MOST).map(({ sequence, from, model }, place, all): Span => {
    const version = versions.find(({ Model }) => Model === model);
    return {
      sequence,
      from,
      to: all[place + 1]?.from ?? now,
      word: version ? `v${version.Version}` : model.slice(0, 4),
      value: mainMetric(version)?.[1] ?? null,
      inUse: place === all.length - 1,
      undone: undone.has(sequence),
    };
  });
  const metric = versions.map(mainMetric).find(Boolean)?.[0];
  const drawn = spans.filter(({ value }) => value !== null).length;
  return metric === undefined || drawn < 2 ? undefined : { metric, spans };
}

/** Where spans begin and end, by their time, but none so narrow that it cannot be seen. */
export function placeSpans(spans: readonly Span[], width: number, least = 20): [from: number, to: number][] {
  const whole = spans.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0) || 1;
  const room = Math.max(0, width - least * spans.length);
  let at = 0;
  return spans.map(({ from, to }) => {
    const start = at;
    at += Math.min(least, width / spans.length) + (Math.max(0, to - from) / whole) * room;
    return [start, at];
  });
}
