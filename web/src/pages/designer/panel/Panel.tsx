import { useState } from "react";
import { IconButton } from "../../../parts/Button";
import { Icon } from "../../../parts/Icon";
import { Segments } from "../../../parts/Tabs";
import { describe, findItem } from "../document";
import { iconOf } from "../icons";
import { JsonPart } from "./JsonPart";
import { ModuleMenu } from "./ModuleMenu";
import { Outputs } from "./Outputs";
import type { PanelProps } from "./part";
import { Properties } from "./Properties";
import { Rename } from "./Rename";
import { RunError } from "./RunError";

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
