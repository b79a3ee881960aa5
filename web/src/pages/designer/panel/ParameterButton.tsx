import { Icon } from "../../../parts/Icon";
import type { Item } from "../document";
import { toggleParameter } from "../edits";
import type { Property } from "../palette";
import type { Editor } from "../useEditor";
import { readValue } from "../values";

/** A property that callers of the web service may set. */
export function ParameterButton({ title, property, item, editor }: { title: string; property: Property; item: Item; editor: Editor }) {
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
