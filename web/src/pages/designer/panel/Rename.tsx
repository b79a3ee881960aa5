import { useState } from "react";
import { Field } from "../../../parts/Field";
import { rename, titleProblem } from "../edits";
import { moduleId } from "../graph";
import type { Editor } from "../useEditor";

/** The title as a field: what refers to the module is renamed with it. */
export function Rename({ title, editor, done }: { title: string; editor: Editor; done: () => void }) {
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
