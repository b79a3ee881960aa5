import type { RunModule } from "../api";
import type { Item } from "../document";
import type { Module, Palette } from "../palette";
import type { Editor } from "../useEditor";
import type { Finding } from "../validate";

/** What the parts of the panel know of the module that is picked. */
export interface PanelProps {
  title: string;
  experiment: string;
  palette: Palette;
  editor: Editor;
  findings: readonly Finding[];
  run: RunModule | undefined;
  /** The run that is shown, and what it calls this module in addresses. */
  runId: string | undefined;
  inRun: string;
  renaming: boolean;
  setRenaming: (on: boolean) => void;
  close: () => void;
  remove: () => void;
}

export type Part = PanelProps & { item: Item; module: Module | undefined };
