/** Shares of deployments: whole percents that always sum to 100, whichever slider moves. */

import { CURRENT, type Deployment } from "./shapes";

export type Shares = Readonly<Record<string, number>>;

export function sharesOf(deployments: readonly Pick<Deployment, "Name" | "Share">[]): Shares {
  return Object.fromEntries(deployments.map(({ Name, Share }) => [Name, Share]));
}

/**
 * Give a deployment another share. What it gains the current models lose, and the other way round; what they do not
 * have the others give, the largest first. If it is the current models' own share, the others change in proportion.
 */
export function move(shares: Shares, name: string, to: number): Shares {
  const wanted = Math.min(100, Math.max(0, Math.round(to)));
  const others = Object.keys(shares).filter((other) => other !== name);
  if (others.length === 0) return { ...shares, [name]: 100 };
  const rest = 100 - wanted;
  if (name === CURRENT) return { ...shares, ...inProportion(shares, others, rest), [name]: wanted };
  const found: Record<string, number> = { ...shares, [name]: wanted };
  let over = sum(found) - 100;
  const givers = [CURRENT, ...others.filter((other) => other !== CURRENT).sort((one, two) => (shares[two] ?? 0) - (shares[one] ?? 0))].filter((other) => other in found);
  for (const giver of givers) {
    const left = Math.min(100, Math.max(0, (found[giver] ?? 0) - over));
    over -= (found[giver] ?? 0) - left;
    found[giver] = left;
  }
  return found;
}

/** Without a deployment; the current models get its share. */
export function without(shares: Shares, name: string): Shares {
  return Object.fromEntries(Object.entries(move(shares, name, 0)).filter(([other]) => other !== name));
}

/** With a deployment more, whose share the current models give as far as they have it. */
export function withOne(shares: Shares, name: string, share: number): Shares {
  return move({ ...shares, [name]: 0 }, name, share);
}

function inProportion(shares: Shares, names: readonly string[], rest: number): Shares {
  const before = names.reduce((all, name) => all + (shares[name] ?? 0), 0);
  const exact = names.map((name) => (before === 0 ? rest / names.length : (rest * (shares[name] ?? 0)) / before));
  const whole = exact.map(Math.floor);
  // What rounding left over goes to those that lost most by it.
  const order = exact.map((value, place) => [value - Math.floor(value), place] as const).sort(([one], [two]) => two - one);
  let left = rest - whole.reduce((all, value) => all + value, 0);
  for (const [, place] of order) if (left-- > 0) whole[place]!++;
  return Object.fromEntries(names.map((name, place) => [name, whole[place]!]));
}

function sum(shares: Shares): number {
  return Object.values(shares).reduce((all, share) => all + share, 0);
}

/** Whether two sets of shares say the same. */
export function isSame(one: Shares, other: Shares): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** "candidate2": a name that is free, beginning with `candidate`. */
export function freeName(shares: Shares): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? "candidate" : `candidate${number}`;
    if (!(name in shares)) return name;
  }
}
