import { createContext, useContext } from "react";

/** What nodes of the canvas can ask for. */
export interface Actions {
  /** Show the module whose run failed, at what is to be mended. */
  mend: (title: string) => void;
  setComment: (place: number, text: string) => void;
}

export const ActionsContext = createContext<Actions>({ mend: () => undefined, setComment: () => undefined });

export function useActions(): Actions {
  return useContext(ActionsContext);
}
