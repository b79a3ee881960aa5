import { createContext, useContext } from "react";
import type { Finding } from "./validate";

/** What nodes of the canvas and lists of what is wrong can ask for. */
export interface Actions {
  /** Show the module whose run failed, at what is to be mended. */
  mend: (title: string) => void;
  setComment: (place: number, text: string) => void;
  /** What mends it with one press, if something does. */
  mended: (finding: Finding) => (() => void) | undefined;
}

export const ActionsContext = createContext<Actions>({ mend: () => undefined, setComment: () => undefined, mended: () => undefined });

export function useActions(): Actions {
  return useContext(ActionsContext);
}
