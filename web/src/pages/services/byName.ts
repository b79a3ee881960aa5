const ORDER = new Intl.Collator("en", { numeric: true });

/** The endpoint that a service is called by first, then all others by their names. */
export function byName<T extends { Name: string }>(endpoints: readonly T[]): T[] {
  return [...endpoints].sort((one, other) => Number(other.Name === "default") - Number(one.Name === "default") || ORDER.compare(one.Name, other.Name));
}
