/** What would change for callers: rows with another label, and both scores of each row. */

import type { components } from "../../../api/schema";
import type { Point } from "../../../charts/curve";
import { percent } from "../../../charts/figures";

export type Details = components["schemas"]["ComparisonDetails"];

/** How many rows get another label, and of how many that is right afterwards. */
export function changesSentence({ Changed, Sides }: Details, rows: number): { lead: string; rest: string } | undefined {
  if (Changed === null) return undefined;
  if (Changed === 0) return { lead: "No row gets another label.", rest: "" };
  const lead = `${Changed.toLocaleString("en")} of ${rows.toLocaleString("en")} rows (${percent(Changed / rows)}) get another label.`;
  const parts = Sides.slice(0, 4).map(({ To, Rows, NowRight }) => `${NowRight} of the ${Rows} that turn to ${To}`);
  const last = parts.pop();
  return { lead, rest: last === undefined ? "" : `${[parts.join(", "), last].filter(Boolean).join(" and ")} are then right.` };
}

/** Both scores of each row: those that stay on their side, and those that cross the threshold. */
export function scorePairs({ Pairs, Threshold }: Pick<Details, "Pairs" | "Threshold">): { same: Point[]; crossed: Point[] } {
  const points = Pairs.InUse.map((x, place) => ({ x, y: Pairs.New[place] ?? Number.NaN })).filter(({ y }) => Number.isFinite(y));
  const crosses = ({ x, y }: Point) => x >= Threshold !== y >= Threshold;
  return { same: points.filter((point) => !crosses(point)), crossed: points.filter(crosses) };
}
