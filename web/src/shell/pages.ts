import { type ComponentType, lazy } from "react";
import { loadDrawings } from "../parts/Icon";
import { loadPage } from "./loading";

/** The props of a page are the parameters of its path, decoded. */
export type PageProps = Record<string, string | undefined>;

interface PageEntry {
  path: string;
  Page: ComponentType<PageProps>;
  /** Whether the navigation is a rail here, which leaves the room to the page. */
  rail: boolean;
}

/** A page's module exports the page as its default; its code is loaded when it is opened. */
function page(path: string, load: () => Promise<{ default: ComponentType<never> }>, rail = false): PageEntry {
  const loadAll = async () => {
    const [found] = await Promise.all([load() as Promise<{ default: ComponentType<PageProps> }>, loadDrawings()]);
    return found;
  };
  return { path, Page: lazy(() => loadPage(loadAll)), rail };
}

/** Every page of the Studio with its path below `/studio`. */
export const PAGES: readonly PageEntry[] = [
  page("/", () => import("../pages/home/HomePage")),
  page("/services", () => import("../pages/services/ServicesPage")),
  page("/services/:service", () => import("../pages/services/ServicePage")),
  page("/services/:service/endpoints/:endpoint", () => import("../pages/services/EndpointPage")),
  page("/services/:service/endpoints/:endpoint/test", () => import("../pages/test/TestPage")),
  page("/services/:service/endpoints/:endpoint/drift", () => import("../pages/services/DriftPage")),
  page("/services/:service/endpoints/:endpoint/log", () => import("../pages/services/log/LogPage")),
  page("/services/:service/endpoints/:endpoint/traffic", () => import("../pages/services/deploy/TrafficPage")),
  page("/jobs/:service/:endpoint/:job", () => import("../pages/jobs/JobPage")),
  page("/jobs/:tab?", () => import("../pages/jobs/JobsPage")),
  page("/pipelines", () => import("../pages/pipelines/PipelinesPage")),
  page("/pipelines/:name", () => import("../pages/pipelines/PipelinePage")),
  page("/pipelines/:name/runs/:run", () => import("../pages/pipelines/PipelineRunPage")),
  page("/experiments", () => import("../pages/experiments/ExperimentsPage")),
  page("/experiments/:name", () => import("../pages/designer/DesignerPage"), true),
  page("/experiments/:name/webservice", () => import("../pages/webservice/WebServicePage")),
  page("/experiments/:name/runs/:run", () => import("../pages/jobs/RunPage")),
  page("/experiments/:name/runs/:run/canvas", () => import("../pages/designer/DesignerPage"), true),
  page("/experiments/:name/runs/:run/evaluation/:module", () => import("../pages/evaluation/RunEvaluationPage")),
  page("/models", () => import("../pages/models/ModelsPage")),
  page("/models/:name", () => import("../pages/models/ModelPage")),
  page("/models/:name/versions/:version/evaluation", () => import("../pages/evaluation/ModelEvaluationPage")),
  page("/experiments/:name/runs/:run/data/:module/:port", () => import("../pages/dataset/OutputPage"), true),
  page("/triggers", () => import("../pages/triggers/TriggersPage")),
  page("/policies", () => import("../pages/policies/PoliciesPage")),
  page("/events", () => import("../pages/events/EventsPage")),
  page("/events/subscriptions", () => import("../pages/events/SubscriptionsPage")),
  page("/events/audit", () => import("../pages/events/AuditPage")),
  page("/datastores", () => import("../pages/datastores/DatastoresPage")),
  page("/datasets", () => import("../pages/datasets/DatasetsPage")),
  page("/datasets/:name/label", () => import("../pages/label/LabelPage")),
  page("/datasets/:name", () => import("../pages/dataset/DatasetPage"), true),
];
