import { Message } from "../../../parts/Message";
import { ColumnPicker } from "../ColumnPicker";
import { columnPort } from "../columns";
import { setProperty } from "../edits";
import { MendButton } from "../MendButton";
import type { Property } from "../palette";
import { PropertyField } from "../PropertyField";
import { shownProperties } from "../values";
import { ParameterButton } from "./ParameterButton";
import type { Part } from "./part";

/** What the module is set to, and what is wrong with it. */
export function Properties({ title, experiment, palette, editor, findings, item, module }: Part) {
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
      {elsewhere.map((finding) => (
        <Message key={finding.message} kind={finding.severity === "warning" ? "warn" : "fail"}>
          <p>{finding.message}</p>
          <MendButton finding={finding} />
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
