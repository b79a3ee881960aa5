import { MiniMap } from "@xyflow/react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { Icon } from "../../parts/Icon";
import { DRAGGED } from "./Canvas";
import { type CanvasNode, stateOf } from "./graph";
import { iconOf } from "./icons";
import { PortMark } from "./marks";
import { findModules, type Module, type Palette, type PortType } from "./palette";

const TYPES: readonly PortType[] = ["Dataset", "Untrained model", "Trained model", "Transformation"];

interface PaletteSideProps {
  palette: Palette;
  add: (module: string) => void;
}

/** The modules by group, with a search: drag one out, click it, or press Enter. */
export function PaletteSide({ palette, add }: PaletteSideProps) {
  const [search, setSearch] = useState("");
  const groups = useMemo(() => findModules(palette, search), [palette, search]);
  const first = groups[0]?.[1][0];
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && first && search) add(first.name);
    if (event.key === "ArrowDown") event.currentTarget.closest("aside")?.querySelector<HTMLElement>("li button, summary")?.focus();
    if (event.key === "Escape") setSearch("");
  };
  return (
    <aside className="pal" aria-label="Modules">
      <div className="pal-s">
        <label className="inw">
          <Icon name="search" size="s" />
          <input
            type="search"
            className="in sm"
            data-search=""
            placeholder={`Search ${palette.size} modules`}
            aria-label="Search modules"
            autoComplete="off"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={keys}
          />
          {!search && <kbd>/</kbd>}
        </label>
      </div>
      <div className="pal-l" onKeyDown={walk}>
        {groups.map(([group, modules]) => (
          <details key={`${group} ${search !== ""}`} open={search !== "" || group === "Data input and output" || undefined}>
            <summary>
              <Icon name="right" size="s" />
              <span className="cut">{group}</span>
              <span className="n">{modules.length}</span>
            </summary>
            <ul>
              {modules.map((module) => (
                <Entry key={module.name} module={module} add={add} />
              ))}
            </ul>
          </details>
        ))}
        {groups.length === 0 && <p className="pad8 dim t12">No module has ‘{search}’ in its name or description.</p>}
      </div>
      <div className="pal-m">
        <MiniMap<CanvasNode> pannable zoomable ariaLabel="Overview" nodeClassName={toneOf} />
      </div>
      <div className="pal-f">
        <p className="cap">Ports</p>
        {TYPES.map((type) => (
          <span key={type}>
            <PortMark type={type} />
            {type}
          </span>
        ))}
      </div>
    </aside>
  );
}

/** Beside the canvas rather than on it, where it would cover modules. */
function toneOf(node: CanvasNode): string {
  return `m-${node.type === "module" ? stateOf(node.data.run) : node.type}`;
}

function Entry({ module, add }: { module: Module; add: (name: string) => void }) {
  return (
    <li>
      <button
        type="button"
        draggable
        title={module.summary}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAGGED, module.name);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onClick={() => add(module.name)}
      >
        <Icon name={iconOf(module)} size="s" />
        <span className="cut">{module.name}</span>
        <Icon name="grip" size="s" />
      </button>
    </li>
  );
}

/** The arrow keys go from entry to entry. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("summary, details[open] li button")];
  all[all.indexOf(document.activeElement as HTMLElement) + step]?.focus();
}
