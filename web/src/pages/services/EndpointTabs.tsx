import { PageTabs } from "../../parts/Tabs";
import { endpointPath } from "./shapes";

interface TabsProps {
  path: { service: string; endpoint: string };
  here: "overview" | "test" | "drift";
}

/** The pages of an endpoint. */
export function EndpointTabs({ path: { service, endpoint }, here }: TabsProps) {
  const to = endpointPath(service, endpoint);
  return (
    <PageTabs
      label={`Parts of ${endpoint}`}
      tabs={[
        { to, name: "Overview", here: here === "overview" },
        { to: `${to}/test`, name: "Test", here: here === "test" },
        { to: `${to}/drift`, name: "Drift", here: here === "drift" },
      ]}
    />
  );
}
