/** How well what was typed fits a name; 0 means not at all. */
export function fit(typed: string, name: string): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = name.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 3 : /[^a-z0-9]/.test(text[at - 1] ?? "") ? 2 : 1;
  }
  // Of two that fit alike, the shorter one is meant.
  return score + 1 / (1 + text.length);
}

/** The best matches first; names that do not fit are left out. */
export function bestMatches<T extends { name: string }>(typed: string, all: readonly T[], most: number): T[] {
  return all
    .map((entry) => [fit(typed, entry.name), entry] as const)
    .filter(([score]) => score > 0)
    .sort(([one], [other]) => other - one)
    .slice(0, most)
    .map(([, entry]) => entry);
}
