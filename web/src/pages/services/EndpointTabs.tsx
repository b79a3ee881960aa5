import type { ReactNode } from "react";
import { useLive } from "../../api/poll";
import { PageHead } from "../../parts/PageHead";
import { PageTabs } from "../../parts/Tabs";
import { endpointPath, SERVICE, servicePath, type WebService } from "./shapes";

const TABS = [["overview", "Overview"], ["test", "Test"], ["traffic", "Traffic"], ["log", "Log"], ["drift", "Drift"]] as const;
type Tab = (typeof TABS)[number][0];

/** The names in an endpoint's routes. */
export type EndpointPath = { service: string; endpoint: string };

/** The pages of an endpoint. */
export function EndpointTabs({ path: { service, endpoint }, here }: { path: EndpointPath; here: Tab }) {
  const to = endpointPath(service, endpoint);
  return <PageTabs label={`Parts of ${endpoint}`} tabs={TABS.map(([tab, name]) => ({ to: tab === "overview" ? to : `${to}/${tab}`, name, here: here === tab }))} />;
}

interface HeadProps {
  path: EndpointPath;
  here: Tab;
  title: string;
  sub?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page below an endpoint: where it lies, and the endpoint's other pages. */
export function EndpointHead({ path, here, title, sub, actions }: HeadProps) {
  const { service, endpoint } = path;
  const { data: parent } = useLive<WebService>(SERVICE, { path: { service } });
  return (
    <>
      <PageHead
        title={title}
        crumbs={[
          ["Web services", "/services"],
          [parent?.Name ?? "…", servicePath(service)],
          [endpoint, endpointPath(service, endpoint)],
        ]}
        sub={sub}
        actions={actions}
      />
      <EndpointTabs path={path} here={here} />
    </>
  );
}
