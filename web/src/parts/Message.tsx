import type { ReactNode } from "react";
import { explain } from "../api/errors";
import { Icon, type IconName } from "./Icon";

const ICONS = { info: "info", ok: "done", run: "running", warn: "warn", fail: "failed" } satisfies Record<string, IconName>;

/** A message in the page, where it belongs. */
export function Message({ kind = "info", children }: { kind?: keyof typeof ICONS; children: ReactNode }) {
  return (
    <div className={`msg ${kind}`} role={kind === "fail" ? "alert" : "status"}>
      <Icon name={ICONS[kind]} />
      <div className="grow">{children}</div>
    </div>
  );
}

/** An error: the API's sentence first, then what to do and its details, its number last and small. */
export function ErrorMessage({ error, children }: { error: unknown; children?: ReactNode }) {
  const { sentence, remedy, details, number } = explain(error);
  return (
    <Message kind="fail">
      <b className="med">{sentence}</b> {remedy}
      {details.length > 0 && (
        <ul className="dots">
          {details.slice(0, 20).map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
          {details.length > 20 && <li>and {details.length - 20} more</li>}
        </ul>
      )}{" "}
      {number && <span className="faint t11 nowrap">{number}</span>}
      {children && <div className="row w mt4">{children}</div>}
    </Message>
  );
}
