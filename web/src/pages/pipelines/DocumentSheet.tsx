import { useLocation } from "wouter";
import { Sheet } from "../../parts/Sheet";
import { DocumentEditor } from "./DocumentEditor";
import { pipelinePath } from "./shapes";

/** A new pipeline from its JSON, as Data Factory exports it. */
export function DocumentSheet({ open, close }: { open: boolean; close: () => void }) {
  const [, go] = useLocation();
  return (
    <Sheet open={open} close={close} title="New pipeline" sub="Paste a pipeline of Azure Data Factory, version 1 or 2, as JSON. It is checked and saved; nothing runs yet.">
      <DocumentEditor saved="" label="Document" act="Save pipeline" onSaved={({ name }) => go(pipelinePath(name))} />
    </Sheet>
  );
}
