import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { Route, Router, Switch } from "wouter";
import { PAGES } from "./pages";

const queries = new QueryClient();

/** The whole Studio: one page of `PAGES` at a time, each with code of its own, loaded when it is opened. */
export function Studio() {
  return (
    <QueryClientProvider client={queries}>
      <Router base="/studio">
        <Suspense>
          <Switch>
            {PAGES.map(({ path, Page }) => (
              <Route key={path} path={path}>
                {(params) => <Page {...params} />}
              </Route>
            ))}
          </Switch>
        </Suspense>
      </Router>
    </QueryClientProvider>
  );
}
