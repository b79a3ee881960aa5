import { useSyncExternalStore } from "react";
import { isOnline, onOnline } from "../api/client";
import { onSession, session, wasRefused } from "./session";
import { onTheme, theme } from "./theme";

/** The session of this tab; the caller is drawn again when it changes. */
export const useSession = () => useSyncExternalStore(onSession, session);

/** Whether the session's token was refused, and its pages wait for another. */
export const useRefused = () => useSyncExternalStore(onSession, wasRefused);

/** The chosen theme. */
export const useTheme = () => useSyncExternalStore(onTheme, theme);

/** Whether the app answers. */
export const useOnline = () => useSyncExternalStore(onOnline, isOnline);
