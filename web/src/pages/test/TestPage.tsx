import { useLive } from "../../api/poll";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { EndpointTabs } from "../services/EndpointTabs";
import type { EndpointForm, EndpointInfo } from "./shapes";
import { Tester } from "./Tester";
import "../../charts/charts.css";
import "./test.css";

const ENDPOINT = "/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint}";

/** Test an endpoint: type a row, and the browser answers while one types, the service when one pauses. */
export default function TestPage({ service, endpoint }: { service: string; endpoint: string }) {
  const path = { service, endpoint };
  const form = useLive<EndpointForm>(`${ENDPOINT}/form`, { path, once: true });
  const info = useLive<EndpointInfo>(ENDPOINT, { path });
  const error = form.error ?? info.error;
  const place = `/services/${encodeURIComponent(service)}`;
  const here = `${place}/endpoints/${encodeURIComponent(endpoint)}`;
  const version = form.data?.Models[0]?.Version;
  return (
    <div className="page" id="p-test">
      <PageHead
        title={`Test ${endpoint}`}
        crumbs={[
          ["Web services", "/services"],
          [form.data?.WebService ?? service, place],
          [endpoint, here],
        ]}
        sub={form.data && `${version ? `Version ${version}. ` : ""}The browser answers while you type, the service when you pause.`}
      />
      <EndpointTabs path={path} here="test" />
      {error ? (
        <ErrorMessage error={error} />
      ) : !form.data || !info.data ? (
        <Loading rows={8} />
      ) : form.data.Kind === "training" ? (
        <TrainingService here={here} />
      ) : (
        <Tester key={info.data.Id} {...path} form={form.data} info={info.data} />
      )}
    </div>
  );
}

function TrainingService({ here }: { here: string }) {
  return (
    <Message>
      This endpoint trains models; it has no row to score. Give it a file of training data as a batch job:{" "}
      <a href={`/studio${here}`}>to the endpoint</a>.
    </Message>
  );
}
