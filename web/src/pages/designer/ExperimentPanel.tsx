import { Icon } from "../../parts/Icon";
import { IconButton } from "../../parts/Button";
import { Field, TextField } from "../../parts/Field";
import { MendButton } from "./MendButton";
import { removeService, renameService } from "./edits";
import type { Editor } from "./useEditor";
import type { Finding } from "./validate";

interface ExperimentPanelProps {
  editor: Editor;
  findings: readonly Finding[];
  goTo: (finding: Finding) => void;
}

/** When nothing is picked: what is wrong, the description, and what the web service takes and returns. */
export function ExperimentPanel({ editor, findings, goTo }: ExperimentPanelProps) {
  const { document, edit } = editor;
  const list = (name: "webServiceInputs" | "webServiceOutputs" | "webServiceParameters", title: string, about: (place: number) => string) =>
    document[name].length > 0 && (
      <section className="col g4">
        <h3>{title}</h3>
        {document[name].map((entry, place) => (
          <div className="row top" key={place}>
            <div className="grow">
              <Field
                label={`Name of ${about(place)}`}
                labelHidden
                size="s"
                value={entry.name}
                hint={about(place)}
                onChange={(event) => edit((now) => renameService(now, name, place, event.target.value), "Rename", `${name} ${place}`)}
              />
            </div>
            <IconButton icon="x" kind="quiet" size="s" label={`Take ${entry.name} away`} onClick={() => edit((now) => removeService(now, name, place), `Take ${entry.name} away`)} />
          </div>
        ))}
      </section>
    );
  return (
    <aside className="prop" aria-label="The experiment" id="panel">
      <div className="ph">
        <h2>The experiment</h2>
      </div>
      <div className="pb">
        <Findings title="to mend" findings={findings.filter(({ severity }) => severity === "error")} goTo={goTo} />
        <Findings title="to look at" findings={findings.filter(({ severity }) => severity === "warning")} goTo={goTo} />
        <TextField
          label="Description"
          rows={3}
          maxLength={2000}
          value={document.description ?? ""}
          onChange={(event) => edit((now) => ({ ...now, description: event.target.value }), "Describe", "description")}
        />
        {list("webServiceInputs", "Web service inputs", (place) => `feeds ${document.webServiceInputs[place]?.to.join(", ") ?? ""}`)}
        {list("webServiceOutputs", "Web service outputs", (place) => `returns ${document.webServiceOutputs[place]?.from.join(", ") ?? ""}`)}
        {list("webServiceParameters", "Web service parameters", (place) => {
          const parameter = document.webServiceParameters[place];
          return `sets ${parameter?.property ?? ""} of ${parameter?.module ?? ""}`;
        })}
        <p className="t12 faint">
          Pick a module to set it up. Drag from a port at its bottom to one at the top of another to connect them. A adds, C connects, ? shows all keys.
        </p>
      </div>
    </aside>
  );
}

/** Errors keep the experiment from running, warnings do not, so each have a list of their own. */
function Findings({ title, findings, goTo }: { title: string; findings: readonly Finding[]; goTo: (finding: Finding) => void }) {
  if (findings.length === 0) return null;
  return (
    <section className="col g4">
      <h3>{findings.length === 1 ? `1 thing ${title}` : `${findings.length} things ${title}`}</h3>
      <ul className="finds">
        {findings.map((finding, place) => (
          <li key={`${place} ${finding.message}`}>
            <button type="button" className={finding.severity} onClick={() => goTo(finding)}>
              <Icon name={finding.severity === "warning" ? "warn" : "failed"} size="s" />
              <span>{finding.message}</span>
            </button>
            <MendButton finding={finding} />
          </li>
        ))}
      </ul>
    </section>
  );
}
