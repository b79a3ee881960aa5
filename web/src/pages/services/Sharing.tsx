import { Link } from "wouter";
import { useLive } from "../../api/poll";
import { Message } from "../../parts/Message";
import type { Traffic } from "./deploy/shapes";
import type { EndpointPath } from "./EndpointTabs";
import { ENDPOINT, endpointPath } from "./shapes";

/** Which further deployments answer rows of the endpoint; nothing if its own models answer all. */
export function Sharing({ path }: { path: EndpointPath }) {
  const { data } = useLive<Traffic>(`${ENDPOINT}/traffic`, { path });
  const others = (data?.Deployments ?? []).slice(1);
  if (others.length === 0) return null;
  return (
    <Message>
      {`${others.map(({ Name, Share }) => `${Name} answers ${Share} %`).join(", ")} of the rows, beside the models in use. `}
      <Link className="link" href={`${endpointPath(path.service, path.endpoint)}/traffic`}>
        See its traffic
      </Link>
    </Message>
  );
}
