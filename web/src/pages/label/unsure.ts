/** Which rows a model is unsure of: those whose label teaches it most. */

export interface ScoredTable {
  ColumnNames: string[];
  Values: (string | null)[][];
}

const PROBABILITIES = "Scored Probabilities";

/** For each row 1 where the model cannot tell, 0 where it is certain; null if it says no probabilities. */
export function unsureness({ ColumnNames, Values }: ScoredTable): number[] | null {
  const places = ColumnNames.flatMap((name, place) => (name.startsWith(PROBABILITIES) ? [place] : []));
  if (places.length === 0) return null;
  return Values.map((row) => {
    const shares = places.map((place) => Number(row[place] ?? Number.NaN)).filter(Number.isFinite);
    if (shares.length === 0) return 1;
    if (places.length === 1) return 1 - Math.abs(2 * shares[0]! - 1);
    return 1 - Math.max(...shares);
  });
}

/** Rows by how unsure the model is, most unsure first, equal ones in their order. */
export function byUnsureness(rows: readonly number[], unsure: readonly number[]): number[] {
  return rows
    .map((row, place) => ({ row, place, how: unsure[place] ?? 0 }))
    .sort((a, b) => b.how - a.how || a.place - b.place)
    .map(({ row }) => row);
}
