import { call, get } from "../../api/client";
import { Card } from "../../parts/Card";
import { Copy } from "../../parts/Copy";
import { Icon, type IconName } from "../../parts/Icon";
import { KeyField } from "../../parts/KeyField";
import { type Endpoint, ENDPOINT } from "./shapes";

type Slot = "primary" | "secondary";

/** Where callers send rows, and with which keys; keys are read when they are asked for. */
export function AccessCard({ path, address }: { path: { service: string; endpoint: string }; address: string }) {
  const read = async (slot: Slot) => {
    const found = await get<Endpoint>(ENDPOINT, { path });
    return slot === "primary" ? found.PrimaryKey : found.SecondaryKey;
  };
  const renew = async (slot: Slot) => {
    await call("POST", `${ENDPOINT}/regeneratekey`, { path, query: { slot } });
  };
  return (
    <Card title="Address and keys">
      <div className="cpad col g12">
        <div className="f">
          <span className="lab">Address</span>
          <div className="addr">
            <code title={address}>{address}</code>
            <Copy text={address} label="Copy address" />
          </div>
        </div>
        <KeyField label="Primary key" read={() => read("primary")} renew={() => renew("primary")} />
        <KeyField label="Secondary key" read={() => read("secondary")} renew={() => renew("secondary")} />
        <p className="t12 faint">Shown for 30 seconds when you ask. A new key works at once, the old one stops.</p>
      </div>
    </Card>
  );
}

/** What callers need to know: help, samples, the Swagger document. */
export function CallersCard({ endpoint }: { endpoint: Endpoint }) {
  const links: readonly (readonly [string, IconName, string])[] = [
    ["Help with samples in five languages", "help", endpoint.HelpLocation],
    ["swagger.json", "code", `${endpoint.ApiLocation}/swagger.json`],
    ["Batch jobs: help", "list", `${endpoint.HelpLocation}/jobs`],
  ];
  return (
    <Card title="For callers">
      <ul className="links">
        {links.map(([name, icon, to]) => (
          <li key={name}>
            <a href={new URL(to).pathname} target="_blank" rel="noreferrer">
              <Icon name={icon} />
              {name}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
