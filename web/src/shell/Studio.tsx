import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { matchRoute, Route, Router, Switch, useLocation, useRouter } from "wouter";
import { forgetAll } from "../api/client";
import { queries } from "../api/poll";
import { Frame } from "./Frame";
import { decoded, useRawLocation } from "./location";
import { PAGES } from "./pages";
import { useRefused, useSession } from "./useStore";

const NotFoundPage = lazy(() => import("./NotFoundPage"));
const SignInPage = lazy(() => import("./SignInPage"));
const SignInAgain = lazy(() => import("./SignInAgain"));

/** The whole Studio: the frame, and in it one page of `PAGES` at a time. */
export function Studio() {
  const session = useSession();
  const refused = useRefused();
  const workspace = session?.workspace;
  // What one workspace has seen is nothing for the next.
  useEffect(
    () => () => {
      queries.clear();
      forgetAll();
    },
    [workspace],
  );
  if (session === undefined) {
    return (
      <Suspense>
        <SignInPage />
      </Suspense>
    );
  }
  return (
    <QueryClientProvider client={queries}>
      <Router base="/studio" hook={useRawLocation}>
        <Framed key={workspace} />
      </Router>
      {refused && (
        <Suspense>
          <SignInAgain />
        </Suspense>
      )}
    </QueryClientProvider>
  );
}

function Framed() {
  const { parser } = useRouter();
  const [location] = useLocation();
  const rail = PAGES.find(({ path }) => matchRoute(parser, path, location)[0])?.rail ?? false;
  return (
    <Frame rail={rail}>
      <Switch>
        {PAGES.map(({ path, Page }) => (
          <Route key={path} path={path}>
            {(params) => <Page {...decoded(params as Record<string, string>)} />}
          </Route>
        ))}
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Frame>
  );
}
