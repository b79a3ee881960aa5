import { Button } from "../../parts/Button";
import { Message } from "../../parts/Message";
import { when } from "../../parts/times";
import type { Draft } from "./api";
import { difference } from "./difference";
import { type ExperimentDocument, readDocument } from "./document";

interface ConflictMessageProps {
  mine: ExperimentDocument;
  theirs: Draft;
  settle: (which: "mine" | "theirs") => void;
}

/** Somebody else changed the draft: both stay until one decides, and undo brings the other back. */
export function ConflictMessage({ mine, theirs, settle }: ConflictMessageProps) {
  const { lines } = difference(readDocument(theirs.document), mine);
  return (
    <div className="says">
      <Message kind="warn">
        <b>This draft was changed elsewhere, {when(theirs.updatedAt)}.</b> Yours is kept here and not saved yet.{" "}
        {lines.length === 0 ? "They mean the same." : `Yours differs in ${lines.length} ${lines.length === 1 ? "thing" : "things"}: ${lines.slice(0, 3).join("; ")}${lines.length > 3 ? " …" : "."}`}
        <div className="row w g4 mt4">
          <Button size="s" onClick={() => settle("mine")}>
            Save mine over it
          </Button>
          <Button size="s" onClick={() => settle("theirs")}>
            Show the other; undo brings mine back
          </Button>
        </div>
      </Message>
    </div>
  );
}
