import type { ReactNode } from "react";
import { PageHead } from "../../parts/PageHead";
import { PageTabs } from "../../parts/Tabs";

const TABS = [["/events", "Events"], ["/events/subscriptions", "Subscriptions"], ["/events/audit", "Audit log"]] as const;

/** The head of the pages that tell what happened in the workspace, who is told, and who did what. */
export function WatchHead({ here, title, sub, actions }: { here: (typeof TABS)[number][0]; title: string; sub?: ReactNode; actions?: ReactNode }) {
  return (
    <>
      <PageHead title={title} sub={sub} actions={actions} />
      <PageTabs label="What happened" tabs={TABS.map(([to, name]) => ({ to, name, here: to === here }))} />
    </>
  );
}
