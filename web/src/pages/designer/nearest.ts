/** The name that was probably meant. */

function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const changed = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}

const plain = (name: string) => name.toLowerCase().replace(/[\s_.-]+/g, "");

/** The nearest of `names`, if it is near: another case or separator counts little, a third of other letters is far. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name.slice(0, 200));
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of names.slice(0, 2000)) {
    const found = plain(candidate.slice(0, 200));
    if (Math.abs(found.length - wanted.length) >= least) continue;
    const far = distance(wanted, found);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}
