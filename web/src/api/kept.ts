/** What GETs returned, with their ETags: the app answers 304 while nothing changed, and the same object is used again. */

interface Kept {
  etag: string;
  body: unknown;
  next: string | undefined;
}

const MOST = 200;

/** The last responses by address, the oldest forgotten first. */
export class KeptResponses {
  readonly #entries = new Map<string, Kept>();

  find(address: string): Kept | undefined {
    return this.#entries.get(address);
  }

  keep(address: string, kept: Kept): void {
    this.#entries.delete(address);
    this.#entries.set(address, kept);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST && oldest !== undefined) this.#entries.delete(oldest);
  }

  forget(): void {
    this.#entries.clear();
  }
}
