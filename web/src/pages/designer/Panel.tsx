import { useState } from "react";
import { Link } from "wouter";
import { Button, IconButton } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { Message } from "../../parts/Message";
import { Segments } from "../../parts/Tabs";
import { State } from "../../parts/State";
import { lasting } from "../../parts/times";
import { ColumnPicker } from "./ColumnPicker";
import { columnPort } from "./columns";
import { describe, findItem, type Item } from "./document";
import { setProperty, titleProblem, toggleInput, toggleOutput, toggleParameter } from "./edits";
import { rename } from "./edits";
import type { RunModule } from "./api";
import { moduleId, stateOf } from "./graph";
import { iconOf } from "./icons";
import type { Module, Palette, Property } from "./palette";
import { PropertyField } from "./PropertyField";
import type { Editor } from "./useEditor";
import type { Finding } from "./validate";
import { readValue, shownProperties } from "./values";

interface PanelProps {
  title: string;
  experiment: string;
  palette: Palette;
  editor: Editor;
  findings: readonly Finding[];
  run: RunModule | undefined;
  /** The run that is shown, and what it calls this module in addresses. */
  runId: string | undefined;
  inRun: string;
  renaming: boolean;
  setRenaming: (on: boolean) => void;
  close: () => void;
  remove: () => void;
}

type Tab = "properties" | "output" | "json";

/** What a module is set to, what it delivered, and its part of the document. */
export function Panel(props: PanelProps) {
  const { title, palette, editor, run, renaming, setRenaming } = props;
  const [tab, setTab] = useState<Tab>("properties");
  const item = findItem(editor.document, title);
  const module = describe(palette, item);
  if (!item) return null;
  return (
    <aside className="prop" aria-label={`Properties of ${title}`} id="panel">
      <div className="ph">
        <span className="gl">
          <Icon name={iconOf(module)} />
        </span>
        {renaming ? (
          <Rename title={title} editor={editor} done={() => setRenaming(false)} />
        ) : (
          <div className="grow">
            <h2 className="cut" title={title}>
              {title}
            </h2>
            <p className="t12 dim cut">{item.replaces?.name ?? item.module}</p>
          </div>
        )}
        {!renaming && <IconButton icon="pen" kind="quiet" size="s" label="Rename, F2" onClick={() => setRenaming(true)} />}
        <ModuleMenu {...props} item={item} module={module} />
        <IconButton icon="x" kind="quiet" size="s" label="Close" onClick={props.close} className="only-narrow" />
      </div>
      <div className="px8">
        <Segments
          label="Parts of the panel"
          fill
          value={tab}
          choose={setTab}
          options={[
            ["properties", "Properties"],
            ["output", "Output"],
            ["json", "JSON"],
          ]}
        />
      </div>
      <div className="pb" key={title}>
        {run?.Error && <RunError error={run.Error} />}
        {tab === "properties" && <Properties {...props} item={item} module={module} />}
        {tab === "output" && <Outputs {...props} item={item} module={module} />}
        {tab === "json" && <JsonPart {...props} item={item} module={module} />}
      </div>
    </aside>
  );
}

function RunError({ error }: { error: string }) {
  const number = /Error (\d{4})/.exec(error)?.[0];
  return (
    <Message kind="fail">
      <p>
        <b>The last run failed here.</b> {error}
      </p>
      <div className="row g4 mt4">
        <Button size="s" kind="quiet" onClick={() => void navigator.clipboard?.writeText(error)}>
          Copy error
        </Button>
        {number && <span className="faint t11 end">{number}</span>}
      </div>
    </Message>
  );
}

function Rename({ title, editor, done }: { title: string; editor: Editor; done: () => void }) {
  const [text, setText] = useState(title);
  const problem = titleProblem(editor.document, title, text);
  const accept = () => {
    if (!problem && text !== title) {
      editor.edit((now) => rename(now, title, text), `Rename ${title}`);
      editor.pick([moduleId(text)]);
    }
    done();
  };
  return (
    <div className="grow">
      <Field
        label="Title"
        labelHidden
        size="s"
        autoFocus
        error={problem}
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={accept}
        onKeyDown={(event) => {
          if (event.key === "Enter") accept();
          if (event.key === "Escape") done();
        }}
      />
    </div>
  );
}

type Part = PanelProps & { item: Item; module: Module | undefined };

/** Ports of the web service are put on and taken off here. */
function ModuleMenu({ title, editor, module, remove, setRenaming }: Part) {
  const { document, edit } = editor;
  const inputs = (module?.inputs ?? []).filter(({ type }) => type === "Dataset");
  const outputs = (module?.outputs ?? []).filter(({ type }) => type === "Dataset" || type === "Trained model");
  const fed = new Set(document.webServiceInputs.filter(({ to }) => to[0] === title).map(({ to }) => to[1]));
  const returned = new Set(document.webServiceOutputs.filter(({ from }) => from[0] === title).map(({ from }) => from[1]));
  return (
    <Menu
      label="More for this module"
      size="s"
      entries={[
        ...inputs.map(({ name }) => ({
          name: fed.has(name) ? `Take the web service input off '${name}'` : `Web service input at '${name}'`,
          icon: "imp" as const,
          act: () => edit((now) => toggleInput(now, [title, name]), "Web service input"),
        })),
        ...outputs.map(({ name }) => ({
          name: returned.has(name) ? `Take the web service output off '${name}'` : `Web service output from '${name}'`,
          icon: "out" as const,
          act: () => edit((now) => toggleOutput(now, [title, name]), "Web service output"),
        })),
        { name: "Rename", icon: "pen" as const, act: () => setRenaming(true) },
        { name: "Delete", icon: "x" as const, danger: true, act: remove },
      ]}
    />
  );
}

function Properties({ title, experiment, palette, editor, findings, item, module }: Part) {
  const { document, edit } = editor;
  const own = findings.filter((finding) => finding.module === title);
  const errorOf = (name: string) => own.find((finding) => finding.property === name)?.message.replace(/^.*?'\): /, "");
  const shown = module ? shownProperties(module, item.properties) : [];
  const names = new Set(shown.map(({ name }) => name));
  const elsewhere = own.filter(({ property }) => property === undefined || !names.has(property));
  const set = (property: Property) => (value: unknown) =>
    edit((now) => setProperty(now, title, property.name, value), `Set ${property.name}`, `${title}\n${property.name}`);
  return (
    <>
      {elsewhere.map(({ message, severity }) => (
        <Message key={message} kind={severity === "warning" ? "warn" : "fail"}>
          {message}
        </Message>
      ))}
      {module && <p className="t12 dim">{module.summary}</p>}
      {shown.length === 0 && <p className="t12 faint">It has nothing to set.</p>}
      {shown.map((property) => (
        <div key={property.name} className="field" data-property={property.name}>
          {property.kind === "columns" ? (
            <ColumnPicker
              label={property.name}
              value={item.properties?.[property.name] ?? property.default}
              port={columnPort(palette, document, title, property.name)}
              document={document}
              experiment={experiment}
              error={errorOf(property.name)}
              change={set(property)}
            />
          ) : (
            <PropertyField property={property} value={item.properties?.[property.name]} error={errorOf(property.name)} change={set(property)} />
          )}
          <ParameterButton title={title} property={property} item={item} editor={editor} />
        </div>
      ))}
      {module && module.notes.length > 0 && (
        <details className="notes">
          <summary>What differs from the original</summary>
          <ul className="dots">
            {module.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** A property that callers of the web service may set. */
function ParameterButton({ title, property, item, editor }: { title: string; property: Property; item: Item; editor: Editor }) {
  const found = editor.document.webServiceParameters.find((each) => each.module === title && each.property === property.name);
  const value = item.properties?.[property.name] ?? property.default;
  const read = value === null ? undefined : readValue(property, value);
  const standard = read && "value" in read && !property.secret ? value : undefined;
  return (
    <button
      type="button"
      className="par-b"
      aria-pressed={found !== undefined}
      title={found ? `Web service parameter ${found.name}` : "Let callers of the web service set it"}
      aria-label={`${property.name}: web service parameter`}
      onClick={() => editor.edit((now) => toggleParameter(now, title, property.name, standard), "Web service parameter")}
    >
      <Icon name="set" size="s" />
    </button>
  );
}

function Outputs({ experiment, inRun, run, runId, module }: Part) {
  if (!run || !runId) return <p className="dim">Nothing yet. Run the experiment to see what comes out here.</p>;
  const base = `/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(runId)}`;
  const isEnded = run.StatusCode === "Finished";
  return (
    <>
      <h3>Last run</h3>
      <dl className="kv">
        <dt>State</dt>
        <dd>
          <State state={stateOf(run)} />
        </dd>
        <dt>Took</dt>
        <dd>{lasting(run.Seconds)}</dd>
        {run.Reason && (
          <>
            <dt>{run.Reused ? "Reused because" : "Ran because"}</dt>
            <dd>{run.Reason}</dd>
          </>
        )}
        {Object.entries(run.RowsIn).map(([port, rows]) => (
          <Rows key={`in ${port}`} label={`Rows in, ${port}`} rows={rows} />
        ))}
        {Object.entries(run.RowsOut).map(([port, rows]) => (
          <Rows key={`out ${port}`} label={`Rows out, ${port}`} rows={rows} />
        ))}
      </dl>
      {isEnded && (
        <ul className="links card">
          {(module?.outputs ?? []).map(({ name }) => (
            <li key={name}>
              <Link href={`${base}/data/${encodeURIComponent(inRun)}/${encodeURIComponent(name)}`}>
                <Icon name="eye" size="s" />
                Visualize {name}
              </Link>
            </li>
          ))}
          {/^(Evaluate|Cross Validate)/.test(module?.name ?? "") && (
            <li>
              <Link href={`${base}/evaluation/${encodeURIComponent(inRun)}`}>
                <Icon name="evalm" size="s" />
                Evaluation
              </Link>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function Rows({ label, rows }: { label: string; rows: number }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{rows.toLocaleString("en")}</dd>
    </>
  );
}

function JsonPart({ title, editor, item }: Part) {
  const [text, setText] = useState(() => JSON.stringify(item.properties ?? {}, null, 2));
  const [problem, setProblem] = useState<string>();
  const apply = () => {
    try {
      const properties: unknown = JSON.parse(text);
      if (typeof properties !== "object" || properties === null || Array.isArray(properties)) throw new Error("it must be an object.");
      editor.edit(
        (now) => ({ ...now, modules: { ...now.modules, [title]: { ...item, properties: properties as Record<string, unknown> } } }),
        `Set properties of ${title}`,
      );
      setProblem(undefined);
    } catch (error) {
      setProblem(`This is not an object in JSON: ${(error as Error).message}`);
    }
  };
  return (
    <>
      <div className="f">
        <label htmlFor="json">Properties as in the document</label>
        <textarea id="json" className={`in area mono${problem ? " bad" : ""}`} rows={16} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
        {problem && <span className="err">{problem}</span>}
      </div>
      <span>
        <Button size="s" onClick={apply}>
          Apply
        </Button>
      </span>
    </>
  );
}
