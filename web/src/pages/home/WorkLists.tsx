import { Link } from "wouter";
import { Button, LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon, type IconName } from "../../parts/Icon";
import { ErrorMessage } from "../../parts/Message";
import { clock, lasting, until, when } from "../../parts/times";
import { cancelWork } from "../jobs/actions";
import { useAct } from "../jobs/useAct";
import { jobPath, pipelineRunPath, runPath, type Work } from "../jobs/work";
import { endpointPath } from "../services/shapes";
import { isKept, workName } from "./day";
import type { DueWork, EndedWork, RunningWork } from "./shapes";

const KIND_WORDS = { run: "Run of an experiment", job: "Batch job", pipeline: "Pipeline", challenge: "Challenge of a policy", swap: "Swap" };

type Placed = Pick<EndedWork, "Name" | "WebServiceId" | "Endpoint"> & { Kind: string; Id?: string };

/** Where a piece of work is looked at. */
export function workPath({ Kind, Id, Name, WebServiceId, Endpoint }: Placed): string {
  if (Kind === "run" && Name && Id) return runPath(Name, Id);
  if (Kind === "pipeline") return Name && Id ? pipelineRunPath(Name, Id) : "/pipelines";
  if (Kind === "trigger") return "/triggers";
  if (WebServiceId && Endpoint) return Kind === "job" && Id ? jobPath(WebServiceId, Endpoint, Id) : endpointPath(WebServiceId, Endpoint);
  return "/jobs";
}

/** What `cancelWork` needs of a piece of work that runs; undefined for what ends by itself. */
export function cancellable({ Kind, Id, Name, WebServiceId, EndpointId }: RunningWork): Pick<Work, "kind" | "path"> | undefined {
  if (Kind === "run" && Name) return { kind: "run", path: { experiment: Name, run: Id } };
  if (Kind === "pipeline" && Name) return { kind: "pipeline", path: { pipeline: Name, run: Id } };
  if (Kind === "job" && WebServiceId && EndpointId) return { kind: "job", path: { service: WebServiceId, endpoint: EndpointId, job: Id } };
  return undefined;
}

/** What runs now, with its progress. */
export function RunningCard({ running, now }: { running: readonly RunningWork[]; now: Date }) {
  const { busy, error, act } = useAct();
  return (
    <Card title="Running now" note={running.length} className="o-run" actions={<LinkButton kind="quiet" size="s" to="/jobs" after="right">All jobs and runs</LinkButton>}>
      {error != null && (
        <div className="pad">
          <ErrorMessage error={error} />
        </div>
      )}
      {running.length === 0 && <p className="pad dim">Nothing runs.</p>}
      {running.map((work) => {
        const { done, total, step } = work.Progress;
        const target = cancellable(work);
        return (
          <div className="going" key={work.Id}>
            <Icon name="running" />
            <div className="what">
              <Link className="med cut" href={workPath(work)}>
                {workName(work)}
              </Link>
              <span className="dim t12 cut">
                {KIND_WORDS[work.Kind]}
                {total > 0 && `, ${done} of ${total}`}
                {step && `: ${step}`}
              </span>
              <progress max={Math.max(total, 1)} value={total > 0 ? done : undefined} aria-label={workName(work)} />
            </div>
            <span className="t">{lasting((now.getTime() - new Date(work.StartTime).getTime()) / 1000)}</span>
            {target && (
              <Button kind="quiet" size="s" busy={busy === work.Id} aria-label={`Cancel ${workName(work)}`} onClick={() => void act(work.Id, () => cancelWork(target))}>
                Cancel
              </Button>
            )}
          </div>
        );
      })}
    </Card>
  );
}

function endedIcon(work: EndedWork): readonly [IconName, string] {
  if (work.State === "Failed") return ["failed", "fail"];
  if (isKept(work)) return ["kept", "warn"];
  if (work.Kind === "swap") return ["swap", ""];
  return work.State === "Cancelled" ? ["cancelled", ""] : ["done", "ok"];
}

function endedTitle(work: EndedWork): string {
  if (work.Kind === "swap") return `${work.Endpoint ?? "An endpoint"} took another model`;
  if (isKept(work)) return "Challenger not passed";
  return workName(work);
}

/** What a swap did: the versions that answer since, and why, unless that is the route's own word. */
function swapDetails(work: EndedWork): string {
  const { versions = {} } = work.More as { versions?: Record<string, number | null> };
  const taken = Object.entries(versions).map(([name, version]) => `${name}: ${version === null ? "another model" : `version ${version}`}`);
  return [...taken, work.Details === "UpdateResource" ? "" : (work.Details ?? "")].filter(Boolean).join(". ");
}

function detailsOf(work: EndedWork): string {
  if (work.Kind === "swap") return swapDetails(work);
  return [work.Details ?? "", work.Rows > 0 ? `${work.Rows.toLocaleString("en")} rows` : ""].filter(Boolean).join(". ");
}

interface EndedProps {
  title: string;
  work: readonly EndedWork[];
  empty: string;
  className: string;
  /** Puts one aside. */
  dismiss?: (work: EndedWork) => void;
}

/** A list of what ended. */
export function EndedCard({ title, work, empty, className, dismiss }: EndedProps) {
  return (
    <Card title={title} note={work.length || undefined} className={className}>
      {work.length === 0 && <p className="pad dim">{empty}</p>}
      <ul className="look">
        {work.slice(0, 6).map((item) => {
          const [icon, tone] = endedIcon(item);
          const details = detailsOf(item);
          return (
            <li key={`${item.Kind} ${item.Id}`}>
              <span className={tone}>
                <Icon name={icon} />
              </span>
              <span className="cut">
                <Link className="med" href={workPath(item)}>
                  {endedTitle(item)}
                </Link>{" "}
                <span className="dim">{item.Kind === "swap" ? "" : item.State.toLowerCase()}</span>
              </span>
              <time dateTime={item.EndTime}>{clock(new Date(item.EndTime))}</time>
              {details && <p className="details">{details}</p>}
              {dismiss && (
                <span className="aside">
                  <Button kind="quiet" size="s" aria-label={`Dismiss ${endedTitle(item)}`} onClick={() => dismiss(item)}>
                    Dismiss
                  </Button>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

const DUE_ICONS = { policy: "shield", trigger: "clock", pipeline: "pipe" } as const;

/** What is due next. */
export function DueCard({ due, now }: { due: readonly DueWork[]; now: Date }) {
  return (
    <Card title="Due next" className="o-due" actions={<LinkButton kind="quiet" size="s" to="/triggers" after="right">Triggers</LinkButton>}>
      {due.length === 0 && <p className="pad dim">Nothing is due. Triggers and policies start work by themselves.</p>}
      <ul className="due-l2">
        {due.slice(0, 6).map((work) => (
          <li key={`${work.Kind} ${workName(work)} ${work.At}`}>
            <time dateTime={work.At} title={when(work.At)}>
              {clock(new Date(work.At))}
              <small>{until(work.At, now)}</small>
            </time>
            <span className="cut">
              <Link className="med" href={workPath(work)}>
                {work.Kind === "policy" ? `Retrain ${work.Endpoint ?? ""}` : workName(work)}
              </Link>
              <small className="cut">{work.Skipped ? `not started: ${work.Skipped}` : [work.Kind, work.WebService].filter(Boolean).join(" of ")}</small>
            </span>
            <Icon name={DUE_ICONS[work.Kind]} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
