/** The address of the page, with names that hold slashes, percent signs or markup kept whole. */

import { type BaseLocationHook } from "wouter";
import { useBrowserLocation } from "wouter/use-browser-location";

/**
 * The browser's location, encoded once more: wouter decodes it (not slashes) before it matches routes, after which
 * `a%2Fb` and `a%252Fb` could not be told apart. So routes match what the address says, and parameters are decoded
 * once, here in `decoded`.
 */
export const useRawLocation: BaseLocationHook = () => {
  const [path, go] = useBrowserLocation();
  return [path.replaceAll("%", "%25"), go];
};

/** The parameters of a path as names. */
export function decoded(params: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value && decode(value)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
