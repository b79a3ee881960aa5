"""Converts the modules of an exported experiment: to those of the palette, or to placeholders."""

from collections.abc import Mapping

from studio.classic.imports.draft import MAX_REASON, Draft
from studio.classic.imports.exported import ExportedModule
from studio.classic.imports.names import find_imported_module, original_name, same_name
from studio.classic.imports.ports import infer_types, placeholder_ports
from studio.classic.imports.properties import Converted, Fate, Given, convert_properties, is_secret
from studio.classic.imports.report import Outcome, Part
from studio.graph.contract import Module

SCRIPTS = {"rscript": ".R", "pythonscript": ".py"}
KEPT = "The placeholder keeps it as text."
NOT_KEPT = "It is a secret. Give it to the module that takes the placeholder's place."


def convert_modules(draft: Draft) -> None:
    """Add each module of the file, as one of the palette or as a placeholder."""
    waiting: list[tuple[ExportedModule, list[str]]] = []
    for exported in draft.exported.modules:
        module = find_imported_module(exported)
        draft.give_title(exported.id, exported.title or original_name(exported, module))
        if module is None:
            waiting.append((exported, [f"'{original_name(exported, module)}' does not exist here."]))
            continue
        converted = _convert_properties(draft, exported, module)
        if converted.blockers:
            waiting.append((exported, converted.blockers))
        else:
            _add_module(draft, exported, module, converted)
    _add_placeholders(draft, waiting)


def _convert_properties(draft: Draft, exported: ExportedModule, module: Module) -> Converted:
    title = draft.titles[exported.id]
    given = Given(
        draft.answers.values,
        lambda key, kind, name: draft.report.ask(key, kind, name, title),
        lambda text: draft.write_script(title, text, ".py"),
    )
    template = draft.exported.template
    return convert_properties(module, exported, title, draft.linked(exported.id), given, template=template)


def _add_module(draft: Draft, exported: ExportedModule, module: Module, converted: Converted) -> None:
    title = draft.titles[exported.id]
    draft.add_module(exported.id, module, converted.properties)
    notes = _title_notes(exported, title)
    if exported.name and same_name(exported.name) != same_name(module.name):
        notes.append(f"It is called '{module.name}' here.")
    if not exported.name and module.family != exported.family and module.name not in original_name(exported, None):
        notes.append(f"Its id is not known; its ports and properties are those of '{module.name}'.")
    source = f"{original_name(exported, module)} ({exported.id})"
    draft.report.add(Part.MODULE, Outcome.CHANGED if notes else Outcome.CARRIED, source, title, " ".join(notes))
    for name, fate in converted.fates.items():
        _report_fate(draft, title, name, fate)
    for property_, name in converted.parameters.items():
        draft.parameters.append({"name": name, "module": title, "property": property_})


def _title_notes(exported: ExportedModule, title: str) -> list[str]:
    plain = exported.title.strip()
    return [f"Its title is '{title}' here."] if plain and plain != title else []


def _report_fate(draft: Draft, title: str, name: str, fate: Fate) -> None:
    target = f"{title} / {fate.to}" if fate.to else ""
    draft.report.add(Part.PROPERTY, fate.outcome, f"{title} / {name}", target, fate.note)


def _add_placeholders(draft: Draft, waiting: list[tuple[ExportedModule, list[str]]]) -> None:
    service = [(item.node, item.port, False) for item in draft.exported.inputs]
    service += [(item.node, item.port, True) for item in draft.exported.outputs]
    names = placeholder_ports([item for item, _ in waiting], draft.exported.edges, service)
    types = infer_types(names, draft.known, draft.exported.edges)
    for exported, blockers in waiting:
        inputs, outputs = names[exported.id]
        _add_placeholder(
            draft,
            exported,
            " ".join(blockers)[:MAX_REASON],
            {name: types[exported.id, name, False].value for name in inputs},
            {name: types[exported.id, name, True].value for name in outputs},
        )


def _add_placeholder(
    draft: Draft, exported: ExportedModule, reason: str, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> None:
    title = draft.titles[exported.id]
    name = original_name(exported, find_imported_module(exported))
    kept: dict[str, str] = {}
    for item in exported.properties:
        fate = _keep(draft, title, item.name, item.value, lost=item.lost)
        if fate.outcome is not Outcome.LEFT_OUT and item.value is not None:
            kept[item.name] = item.value
        _report_fate(draft, title, item.name, fate)
    replaces = {"name": name, "id": exported.module_id, "reason": reason}
    draft.add_placeholder(exported.id, kept, replaces, inputs, outputs)
    notes = [*_title_notes(exported, title), "It is a placeholder, which cannot run.", reason]
    note = f"{' '.join(notes)} Put a module that does its work in its place."
    draft.report.add(Part.MODULE, Outcome.CHANGED, f"{name} ({exported.id})", title, note)


def _keep(draft: Draft, title: str, name: str, value: str | None, *, lost: bool) -> Fate:
    if lost or (is_secret(name) and value):
        return Fate(Outcome.LEFT_OUT, note=NOT_KEPT)
    extension = SCRIPTS.get(same_name(name))
    if extension and value:
        # Classic: Execute Python Script has its code under the name "R Script".
        extension = ".py" if "def azureml_main" in value else extension
        file = draft.write_script(title, value, extension)
        return Fate(Outcome.CARRIED, name, f"{KEPT} The code is for scripts/{file}, too.")
    return Fate(Outcome.CARRIED, name, KEPT)
