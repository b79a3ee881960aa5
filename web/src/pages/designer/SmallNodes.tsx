import type { Node, NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { Icon } from "../../parts/Icon";
import { useActions } from "./actions";
import type { CommentData, ServiceData } from "./graph";

const WORDS = { input: "Web service input", output: "Web service output", parameter: "Parameter" };
const ICONS = { input: "imp", output: "out", parameter: "set" } as const;

/** A web service input, output or parameter. */
export const ServiceNode = memo(function ServiceNode({ data: { kind, name, path }, selected }: NodeProps<Node<ServiceData, "service">>) {
  return (
    <div className={`wsp${kind === "parameter" ? " par" : ""}${selected ? " sel" : ""}`} title={name}>
      <Icon name={ICONS[kind]} size="s" />
      <span className="cut">
        {WORDS[kind]}
        <b className="cut">{name}</b>
      </span>
      <svg className="tie" aria-hidden="true">
        <path className="edge ws" d={path} />
      </svg>
    </div>
  );
});

/** A comment; a double click or Enter writes in it. */
export const CommentNode = memo(function CommentNode({ data: { text, place }, selected }: NodeProps<Node<CommentData, "comment">>) {
  const { setComment } = useActions();
  const [writing, setWriting] = useState(text === "");
  return (
    <div className={`memo${selected ? " sel" : ""}`} onDoubleClick={() => setWriting(true)}>
      <Icon name="note" size="s" />
      {writing ? (
        <textarea
          className="nodrag"
          aria-label="Comment"
          autoFocus
          maxLength={2000}
          rows={3}
          defaultValue={text}
          onBlur={(event) => {
            setWriting(false);
            setComment(place, event.target.value);
          }}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
      ) : (
        <p>{text || "Empty comment"}</p>
      )}
    </div>
  );
});
