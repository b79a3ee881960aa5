import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { matchRoute, Route, Router, Switch, useLocation, useRouter } from "wouter";
import { queries } from "../api/poll";
import { Frame } from "./Frame";
import { decoded, useRawLocation } from "./location";
import { PAGES } from "./pages";
import { useSession } from "./useStore";

const NotFoundPage = lazy(() => import("./NotFoundPage"));
const SignInPage = lazy(() => import("./SignInPage"));

/** The whole Studio: the frame, and in it one page of `PAGES` at a time. */
export function Studio() {
  const session = useSession();
  useEffect(() => {
    // What one workspace has seen is nothing for the next.
    if (session === undefined) queries.clear();
  }, [session]);
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
        <Framed />
      </Router>
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
