import { Menu } from "../../../parts/Menu";
import { toggleInput, toggleOutput } from "../edits";
import type { Part } from "./part";

/** Ports of the web service are put on and taken off here. */
export function ModuleMenu({ title, editor, module, remove, setRenaming }: Part) {
  const { document, edit } = editor;
  const inputs = (module?.inputs ?? []).filter(({ type }) => type === "Dataset");
  const outputs = (module?.outputs ?? []).filter(({ type }) => type === "Dataset" || type === "Trained model");
  const fed = new Set(document.webServiceInputs.filter(({ to }) => to[0] === title).map(({ to }) => to[1]));
  const returned = new Set(document.webServiceOutputs.filter(({ from }) => from[0] === title).map(({ from }) => from[1]));
  return (
    <Menu
      label="More for this module"
      size="s"
      entries={[
        ...inputs.map(({ name }) => ({
          name: fed.has(name) ? `Take the web service input off '${name}'` : `Web service input at '${name}'`,
          icon: "imp" as const,
          act: () => edit((now) => toggleInput(now, [title, name]), "Web service input"),
        })),
        ...outputs.map(({ name }) => ({
          name: returned.has(name) ? `Take the web service output off '${name}'` : `Web service output from '${name}'`,
          icon: "out" as const,
          act: () => edit((now) => toggleOutput(now, [title, name]), "Web service output"),
        })),
        { name: "Rename", icon: "pen" as const, act: () => setRenaming(true) },
        { name: "Delete", icon: "x" as const, danger: true, act: remove },
      ]}
    />
  );
}
