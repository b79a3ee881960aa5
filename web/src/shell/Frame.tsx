import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Loading } from "../parts/Loading";
import { ToastRoom } from "../parts/Toast";
import { ErrorWall } from "./ErrorWall";
import { whenIdle } from "./idle";
import { useKeys } from "./keyboard";
import { Nav, TabBar, TopBar } from "./Nav";
import { Offline } from "./Offline";
import { ALL_PLACES } from "./places";

const CHORD_MS = 1200;
const IDLE_MS = 5000;
const Overlays = lazy(() => import("./Overlays"));

/** The keys that work anywhere: Ctrl K, ?, /, and G with a second key. */
function useShellKeys(find: () => void, showKeys: () => void): void {
  const [, go] = useLocation();
  const since = useRef(0);
  const acts: Record<string, (event: KeyboardEvent) => void> = {
    "ctrl+k": (event) => {
      event.preventDefault();
      find();
    },
    "?": showKeys,
    "/": (event) => {
      const field = document.querySelector<HTMLElement>("#main [data-search], #main input[type=search]");
      if (field === null) return;
      event.preventDefault();
      field.focus();
    },
    g: () => {
      since.current = Date.now();
    },
  };
  for (const { key, to } of ALL_PLACES) {
    if (key === undefined) continue;
    acts[key] = (event) => {
      if (Date.now() - since.current > CHORD_MS) return;
      since.current = 0;
      event.preventDefault();
      go(to);
    };
  }
  useKeys(acts);
}

/** The frame around every page: navigation, search, keys, toasts; the focus follows from page to page. */
export function Frame({ children, rail }: { children: ReactNode; rail: boolean }) {
  const [path] = useLocation();
  const [finding, setFinding] = useState(false);
  const [keys, setKeys] = useState(false);
  const [isIdle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true), IDLE_MS), []);
  const find = useCallback(() => setFinding(true), []);
  const showKeys = useCallback(() => setKeys(true), []);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useShellKeys(find, showKeys);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <ToastRoom>
      <a className="skip" href="#main" onClick={(event) => {
        // The address keeps its fragment for nothing but links that sign in.
        event.preventDefault();
        main.current?.focus();
      }}>
        Skip to the page
      </a>
      <div className={rail ? "app rail" : "app"}>
        <TopBar find={find} showKeys={showKeys} />
        <Nav find={find} showKeys={showKeys} />
        <main className="main" id="main" tabIndex={-1} ref={main}>
          <Offline />
          <ErrorWall path={path}>
            <Suspense fallback={<div className="page"><Loading rows={6} /></div>}>{children}</Suspense>
          </ErrorWall>
        </main>
        <TabBar find={find} />
      </div>
      <ErrorWall path={path}>
        <Suspense>{(isIdle || finding || keys) && <Overlays finding={finding} keys={keys} find={setFinding} showKeys={setKeys} />}</Suspense>
      </ErrorWall>
    </ToastRoom>
  );
}
