/** Loading the code of pages, which fails while the app does not answer, and once another version of the app is there. */

import { answering } from "../api/client";

const KEY = "perennial.reloaded";
const LATELY_MS = 20_000;

/**
 * What a page's module exports. Where its code does not come, the page waits until the app answers and is then loaded
 * anew, with the code of today; if that was just done, the error is the page's.
 */
export async function loadPage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    await answering();
    if (Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < LATELY_MS) throw error;
    sessionStorage.setItem(KEY, String(Date.now()));
    // A browser, and Vite's list of styles, would answer the same import with the same error.
    location.reload();
    return new Promise(() => undefined);
  }
}
