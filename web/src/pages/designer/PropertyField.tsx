import { useEffect, useState } from "react";
import { Field, Select, Switch, TextField } from "../../parts/Field";
import type { Property } from "./palette";
import { accepted, readValue } from "./values";

interface PropertyFieldProps {
  property: Property;
  value: unknown;
  error: string | undefined;
  change: (value: unknown) => void;
}

/** Texts of several lines: tables, scripts, queries, JSON. */
const LONG = /^(Data|SQL Query Script|Script|Database query|Parameter grid|Column types)$/;

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.join("; ");
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/** One property of a module, by its kind; what is typed stays as it is, also if it is not accepted. */
export function PropertyField({ property, value, error, change }: PropertyFieldProps) {
  const { name, kind, choices, optional, secret } = property;
  const standard = property.default;
  const label = name;
  if (kind === "boolean") {
    const on = String(value ?? standard).toLowerCase() === "true";
    return (
      <div className="f">
        <Switch checked={on} onChange={(event) => change(event.target.checked === standard ? undefined : event.target.checked)}>
          <span className="lab">{label}</span>
        </Switch>
        {error && <span className="err">{error}</span>}
      </div>
    );
  }
  if (kind === "choice") {
    const read = readValue(property, value ?? standard ?? "");
    const shown = "value" in read ? String(read.value) : asText(value);
    const options = choices.includes(shown) ? choices : [shown, ...choices];
    return (
      <Select
        label={label}
        size="s"
        error={error}
        options={options.map((each) => (each === "" ? (["", "Choose …"] as const) : each))}
        value={shown}
        onChange={(event) => change(event.target.value === standard ? undefined : event.target.value)}
      />
    );
  }
  if (kind === "estimator") return <JsonField label={label} value={value} error={error} change={change} />;
  const given = asText(value);
  const set = (text: string) => change(text === "" || text === asText(standard) ? undefined : text);
  if (kind === "text" && (LONG.test(name) || given.includes("\n"))) {
    return <TextField label={label} error={error} rows={name === "Column types" ? 3 : 8} value={given} onChange={(event) => set(event.target.value)} />;
  }
  const about = kind === "text" ? (optional && standard === null ? "Optional" : undefined) : accepted(property);
  return (
    <Field
      label={label}
      size="s"
      error={error}
      hint={about}
      type={secret ? "password" : "text"}
      inputMode={kind === "integer" ? "numeric" : kind === "number" ? "decimal" : "text"}
      placeholder={standard === null ? "" : asText(standard)}
      value={given}
      onChange={(event) => (kind === "text" ? set(event.target.value) : change(numeral(event.target.value)))}
    />
  );
}

/** A number if it is one, and the text that was typed otherwise, so that nothing typed is lost. */
function numeral(text: string): unknown {
  if (text === "") return undefined;
  return /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(text) ? Number(text) : text;
}

function JsonField({ label, value, error, change }: { label: string; value: unknown; error: string | undefined; change: (value: unknown) => void }) {
  const [text, setText] = useState(asText(value));
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setText((now) => (sameJson(now, value) ? now : asText(value)));
  }, [value]);
  const type = (next: string) => {
    setText(next);
    if (next.trim() === "") {
      setProblem(undefined);
      change(undefined);
      return;
    }
    try {
      change(JSON.parse(next));
      setProblem(undefined);
    } catch (cause) {
      setProblem(`This is not JSON yet: ${(cause as Error).message}`);
    }
  };
  return <TextField label={label} hint='JSON, such as {"class": "sklearn.linear_model.LogisticRegression"}' error={problem ?? error} rows={10} value={text} onChange={(event) => type(event.target.value)} />;
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return value === undefined;
  }
}
