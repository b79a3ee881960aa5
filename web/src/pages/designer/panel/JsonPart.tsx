import { useState } from "react";
import { Button } from "../../../parts/Button";
import type { Part } from "./part";

/** The module's properties as the document has them, to write by hand. */
export function JsonPart({ title, editor, item }: Part) {
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
