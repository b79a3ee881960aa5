import { Handle, type Node, type NodeProps, Position, useConnection, useStore } from "@xyflow/react";
import { memo } from "react";
import { Icon, type IconName } from "../../parts/Icon";
import { lasting } from "../../parts/times";
import { Sparkline } from "../../charts/Sparkline";
import type { Curve, RunModule } from "./api";
import { useActions } from "./actions";
import { type ModuleData, stateOf } from "./graph";
import { iconOf } from "./icons";
import { portShare } from "./layout";
import { PortMark } from "./marks";
import type { Port, PortType } from "./palette";

const STATE_ICONS: Record<string, IconName> = {
  reused: "reuse",
  finished: "done",
  running: "running",
  failed: "failed",
  cancelled: "cancelled",
  waiting: "waiting",
  notrun: "skipped",
};

/** The zoom below which nothing written at its usual size can be read, and no port be hit. */
const OVERVIEW = 0.4;

/** Whether the whole is looked at rather than its modules. */
export const useOverview = () => useStore(({ transform }) => transform[2] < OVERVIEW);

type ModuleProps = NodeProps<Node<ModuleData, "module">>;

/** A module on the canvas, as much of it as can be made out. */
export const ModuleNode = memo(function ModuleNode({ data, selected }: ModuleProps) {
  return useOverview() ? <FarModule data={data} selected={selected} /> : <NearModule data={data} selected={selected} />;
});

/** From afar: the title in large letters, and the colour of its state. */
function FarModule({ data: { title, module, run, errors }, selected }: Pick<ModuleProps, "data" | "selected">) {
  return (
    <div className={`node far ${stateOf(run)}${selected ? " sel" : ""}${errors > 0 ? " wrong" : ""}`}>
      {title}
      <FarPorts ports={module?.inputs ?? []} isIn />
      <FarPorts ports={module?.outputs ?? []} isIn={false} />
    </div>
  );
}

/** Where the canvas measures the ends of connections; nothing can be connected from afar. */
function FarPorts({ ports, isIn }: { ports: readonly Port[]; isIn: boolean }) {
  return ports.map(({ name }, place) => (
    <i
      key={name}
      className={isIn ? "far-port target" : "far-port source"}
      data-handleid={name}
      data-handlepos={isIn ? Position.Top : Position.Bottom}
      style={{ left: `${portShare(place, ports.length) * 100}%` }}
    />
  ));
}

/** From near: its title and name, the state of the last run, its ports. */
function NearModule({ data, selected }: Pick<ModuleProps, "data" | "selected">) {
  const { title, item, module, run, curve, errors } = data;
  const state = stateOf(run);
  const isFailed = state === "failed" && run?.Error;
  return (
    <div className={`node ${state}${selected ? " sel" : ""}${errors > 0 ? " wrong" : ""}`} title={`${title}\n${item.module}`}>
      <div className="nb">
        <span className="gl">
          <Icon name={iconOf(module)} />
        </span>
        <span className="tt">
          <b>{title}</b>
          <small>{item.replaces?.name ?? item.module}</small>
        </span>
        <Status state={state} run={run} errors={errors} placeholder={item.module === "Placeholder"} />
      </div>
      {state === "running" && curve?.loss && curve.loss.length > 0 && <LiveLoss title={title} curve={curve} loss={curve.loss} />}
      {isFailed && <Failure title={title} error={run.Error ?? ""} />}
      <Ports ports={module?.inputs ?? []} side="inputs" connected={data.connected} />
      <Ports ports={module?.outputs ?? []} side="outputs" connected={data.connected} />
    </div>
  );
}

function Status({ state, run, errors, placeholder }: { state: string; run: RunModule | undefined; errors: number; placeholder: boolean }) {
  if (placeholder) {
    return (
      <span className="sx" title="It stands for what does not exist here, and cannot run">
        <Icon name="warn" />
        <small>Placeholder</small>
      </span>
    );
  }
  if (errors > 0 && state !== "failed" && state !== "running") {
    return (
      <span className="sx bad" title={`${errors} ${errors === 1 ? "error" : "errors"}`}>
        <Icon name="warn" />
        <small className="bad">{errors === 1 ? "1 error" : `${errors} errors`}</small>
      </span>
    );
  }
  if (!state) return null;
  const words: Record<string, string> = { reused: "Reused", failed: "Failed", waiting: "Waiting", notrun: "Not run", cancelled: "Cancelled" };
  return (
    <span className="sx" title={run?.Reason ?? undefined}>
      <Icon name={STATE_ICONS[state] ?? "waiting"} />
      <small>{words[state] ?? (run?.Seconds == null ? "" : lasting(run.Seconds))}</small>
    </span>
  );
}

function LiveLoss({ title, curve, loss }: { title: string; curve: Curve; loss: readonly number[] }) {
  const last = loss.at(-1) ?? 0;
  return (
    <>
      <div className="nf">
        <Sparkline values={loss} width={80} height={30} name={`Loss by ${curve.unit} of ${title}, now ${last.toPrecision(3)}`} />
        <span>
          <b>{curve.done}</b> of {curve.total} {curve.unit === "fold" ? "folds" : `${curve.unit}s`}
          <br />
          {curve.unit === "combination" ? "metric" : "loss"} {last.toPrecision(3)}
        </span>
      </div>
      <progress max={curve.total} value={curve.done} aria-label={title} />
    </>
  );
}

function Failure({ title, error }: { title: string; error: string }) {
  const { mend } = useActions();
  const number = /Error (\d{4})/.exec(error)?.[0];
  return (
    <div className="nf bad nodrag">
      <span>
        <span className="two-lines">{error.replace(/^Error \d{4}: ([^:]*: )?/, "")}</span>
        {number && <b>{number} · </b>}
        <button type="button" className="link plain" onClick={() => mend(title)}>
          Mend it
        </button>
      </span>
    </div>
  );
}

function Ports({ ports, side, connected }: { ports: readonly Port[]; side: "inputs" | "outputs"; connected: string }) {
  const isIn = side === "inputs";
  return ports.map((port, place) => (
    <PortHandle
      key={port.name}
      port={port}
      isIn={isIn}
      left={`${portShare(place, ports.length) * 100}%`}
      open={!connected.includes(JSON.stringify([isIn ? "in" : "out", port.name]))}
    />
  ));
}

function PortHandle({ port, isIn, left, open }: { port: Port; isIn: boolean; left: string; open: boolean }) {
  // The type that is dragged at the moment: ports that fit grow, others fade.
  const dragged = useConnection((connection) =>
    connection.inProgress ? `${connection.fromHandle?.type}:${portTypeOf(connection.fromNode?.data, connection.fromHandle?.id)}` : "",
  );
  const wanted = dragged && (dragged === `${isIn ? "source" : "target"}:${port.type}` ? " fits" : " fades");
  return (
    <Handle
      id={port.name}
      type={isIn ? "target" : "source"}
      position={isIn ? Position.Top : Position.Bottom}
      className={`ph-${isIn ? "in" : "out"}${wanted}`}
      style={{ left }}
      title={`${port.name}: ${port.type}${port.optional ? ", optional" : ""}`}
    >
      <PortMark type={port.type} open={open} />
    </Handle>
  );
}

function portTypeOf(data: unknown, name: string | null | undefined): PortType | undefined {
  const module = (data as ModuleData | undefined)?.module;
  return [...(module?.outputs ?? []), ...(module?.inputs ?? [])].find((port) => port.name === name)?.type;
}
