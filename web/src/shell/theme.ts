/** Light, dark, or as the system: kept per browser, applied to the root before the first paint of the page's code. */

export type Theme = "system" | "light" | "dark";

const KEY = "perennial.theme";
const listeners = new Set<() => void>();

/** The theme that was chosen here. */
export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

/** Choose a theme and show it at once. */
export function setTheme(next: Theme): void {
  try {
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
  applyTheme(next);
  for (const listener of listeners) listener();
}

/** Show a theme. */
export function applyTheme(next: Theme = theme()): void {
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

/** The one after it, for a button that goes round. */
export function nextTheme(now: Theme): Theme {
  return now === "system" ? "light" : now === "light" ? "dark" : "system";
}

/** Be told when it changes. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
