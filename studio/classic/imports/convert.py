"""Makes an experiment document of an exported experiment, with a report on every part of it.

Nothing is dropped in silence: `_Conversion` walks modules, assets, edges, web service ports, parameters and positions
in turn, and each step notes what became of every part. What does not exist here becomes a placeholder. The steps share
what they have made so far, which is why they are methods of one class in one file.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.classic.imports.exported import AssetKind, Exported, ExportedAsset, ExportedEdge, ExportedModule
from studio.classic.imports.names import (
    find_imported_module,
    original_name,
    safe_name,
    same_name,
    script_name,
    unique_name,
)
from studio.classic.imports.ports import find_port, infer_types, placeholder_ports
from studio.classic.imports.properties import (
    Converted,
    Fate,
    Given,
    convert_properties,
    convert_value,
    find_target,
    is_secret,
)
from studio.classic.imports.report import Outcome, Part, Report
from studio.graph.contract import Module, Port, PortType
from studio.graph.document import MAX_DESCRIPTION
from studio.graph.palette import find_module
from studio.graph.placeholder import PLACEHOLDER, find_described_module

ASSET_TYPES = {AssetKind.MODEL: PortType.TRAINED, AssetKind.TRANSFORMATION: PortType.TRANSFORMATION}
ASSET_OUTPUT = "Results dataset"
MAX_REASON = 1500
SCRIPTS = {"rscript": ".R", "pythonscript": ".py"}
KEPT = "The placeholder keeps it as text."
WRITE = {
    AssetKind.DATASET: "Give the dataset with the import, as id=file, or put Import Data in its place.",
    AssetKind.MODEL: "The original's model files cannot be read. Train it again, and give its name with the import.",
    AssetKind.TRANSFORMATION: "Saved transformations cannot be read. Connect the module that learns it.",
    AssetKind.BUNDLE: "Read its Python files, put them into scripts/ and deploy them with the app.",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What whoever imports the file gives besides.

    `data` maps the id or name of an asset to a dataset, model or folder here; `values` a place or name to a text.
    """

    data: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def convert(exported: Exported, name: str, answers: Answers) -> tuple[dict[str, Any], Report]:
    """Return the document of an experiment, and the report on what became of the file's parts.

    Parameters
    ----------
    name
        The experiment's name here, which is part of the names of its scripts.
    """
    conversion = _Conversion(exported, name, answers)
    conversion.convert_modules()
    conversion.convert_assets()
    conversion.convert_edges()
    conversion.convert_service_ports()
    conversion.convert_parameters()
    conversion.fill_open_ports()
    conversion.convert_positions()
    for setting, why in exported.settings.items():
        conversion.report.add(Part.SETTING, Outcome.LEFT_OUT, setting, note=f"{why[:1].upper()}{why[1:]}.")
    return conversion.document(), conversion.report


class _Conversion:
    """The document and the report while they are made; `known` has each node's module here, by the file's id."""

    def __init__(self, exported: Exported, name: str, answers: Answers) -> None:
        self.exported, self.name, self.answers = exported, name, answers
        self.report = Report()
        self.titles: dict[str, str] = {}
        self.taken: set[str] = set()
        self.named: Counter[str] = Counter()
        self.ids = {module.id.lower(): module.id for module in exported.modules}
        self.known: dict[str, Module] = {}
        self.modules: dict[str, Any] = {}
        self.converted: dict[str, Converted] = {}
        self.sources: dict[tuple[str, str], list[str]] = {}
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.parameters: list[dict[str, Any]] = []
        self.layout: dict[str, list[float]] = {}
        self.linked: dict[str, set[str]] = {}
        for link in exported.links:
            self.linked.setdefault(self._node_id(link.node), set()).add(same_name(link.property))

    def document(self) -> dict[str, Any]:
        """Return the document as far as it is made."""
        return {
            "description": self.exported.description[:MAX_DESCRIPTION],
            "modules": self.modules,
            "connections": [{"from": source, "to": [*target]} for target, source in self.sources.items()],
            "webServiceInputs": self.inputs,
            "webServiceOutputs": self.outputs,
            "webServiceParameters": self.parameters,
            "layout": self.layout,
        }

    def convert_modules(self) -> None:
        """Add each module of the file, as one of the palette or as a placeholder."""
        waiting: list[tuple[ExportedModule, list[str]]] = []
        for exported in self.exported.modules:
            module = find_imported_module(exported)
            self._name(exported.id, exported.title or original_name(exported, module))
            blockers = [f"'{original_name(exported, module)}' does not exist here."]
            if module is not None:
                converted = self._convert_properties(exported, module)
                blockers = converted.blockers
            if module is None or blockers:
                waiting.append((exported, blockers))
            else:
                self._add_module(exported, module, converted)
        self._add_placeholders(waiting)

    def _convert_properties(self, exported: ExportedModule, module: Module) -> Converted:
        title = self.titles[exported.id]
        linked = self.linked.get(exported.id, set())
        given = Given(
            self.answers.values,
            lambda key, kind, name: self.report.ask(key, kind, name, title),
            lambda text: self._write_script(title, text, ".py"),
        )
        return convert_properties(module, exported, title, linked, given, template=self.exported.template)

    def _add_module(self, exported: ExportedModule, module: Module, converted: Converted) -> None:
        title = self.titles[exported.id]
        self.known[exported.id], self.converted[exported.id] = module, converted
        self.modules[title] = {"module": module.name, "properties": converted.properties}
        source = f"{original_name(exported, module)} ({exported.id})"
        renamed = exported.name and same_name(exported.name) != same_name(module.name)
        note = f"It is called '{module.name}' here." if renamed else ""
        self.report.add(Part.MODULE, Outcome.CHANGED if note else Outcome.CARRIED, source, title, note)
        self._report_fates(title, converted.fates)
        for property_, name in converted.parameters.items():
            self.parameters.append({"name": name, "module": title, "property": property_})

    def _report_fates(self, title: str, fates: Mapping[str, Fate]) -> None:
        for name, fate in fates.items():
            target = f"{title} / {fate.to}" if fate.to else ""
            self.report.add(Part.PROPERTY, fate.outcome, f"{title} / {name}", target, fate.note)

    def _add_placeholders(self, waiting: list[tuple[ExportedModule, list[str]]]) -> None:
        service = [(item.node, item.port, False) for item in self.exported.inputs]
        service += [(item.node, item.port, True) for item in self.exported.outputs]
        names = placeholder_ports([item for item, _ in waiting], self.exported.edges, service)
        types = infer_types(names, self.known, self.exported.edges)
        for exported, blockers in waiting:
            inputs, outputs = names[exported.id]
            self._add_placeholder(
                exported,
                " ".join(blockers)[:MAX_REASON],
                {name: types[exported.id, name, False].value for name in inputs},
                {name: types[exported.id, name, True].value for name in outputs},
            )

    def _add_placeholder(
        self, exported: ExportedModule, reason: str, inputs: dict[str, str], outputs: dict[str, str]
    ) -> None:
        title = self.titles[exported.id]
        name = original_name(exported, find_imported_module(exported))
        kept: dict[str, str] = {}
        for item in exported.properties:
            fate = self._keep(title, item.name, item.value, item.lost)
            if fate.outcome is not Outcome.LEFT_OUT and item.value is not None:
                kept[item.name] = item.value
            self.report.add(
                Part.PROPERTY, fate.outcome, f"{title} / {item.name}", fate.to and f"{title} / {fate.to}", fate.note
            )
        self._place(exported.id, kept, {"name": name, "id": exported.module_id, "reason": reason}, inputs, outputs)
        note = f"It is a placeholder, which cannot run. {reason} Put a module that does its work in its place."
        self.report.add(Part.MODULE, Outcome.CHANGED, f"{name} ({exported.id})", title, note)

    def _keep(self, title: str, name: str, value: str | None, lost: bool) -> Fate:
        if lost or (is_secret(name) and value):
            return Fate(
                Outcome.LEFT_OUT, note="It is a secret. Give it to the module that takes the placeholder's place."
            )
        extension = SCRIPTS.get(same_name(name))
        # Classic: Execute Python Script has its code under the name "R Script".
        if extension and value:
            extension = ".py" if "def azureml_main" in value else extension
            file = self._write_script(title, value, extension)
            return Fate(Outcome.CARRIED, name, f"{KEPT} The code is for scripts/{file}, too.")
        return Fate(Outcome.CARRIED, name, KEPT)

    def _place(
        self,
        node: str,
        properties: dict[str, str],
        replaces: dict[str, str],
        inputs: dict[str, str],
        outputs: dict[str, str],
    ) -> None:
        title = self.titles[node]
        replaces["reason"] = replaces["reason"] or f"It stands for '{replaces['name']}'."
        item = {
            "module": PLACEHOLDER,
            "properties": properties,
            "replaces": {**replaces, "inputs": inputs, "outputs": outputs},
        }
        module = find_described_module(title, item)
        assert module is not None
        self.modules[title], self.known[node] = item, module
        self.report.placeholders.append(title)

    def convert_assets(self) -> None:
        """Add what is not in the file itself: datasets, trained models, transformations and script bundles."""
        for asset in self.exported.assets:
            places = self._places(asset)
            given = self.answers.data.get(asset.id) or self.answers.data.get(asset.name)
            kind = asset.kind.value
            source = f"{kind} {asset.name or asset.id}"
            self._name(asset.node, asset.name or f"{kind.capitalize()} {asset.id}")
            title = self.titles[asset.node]
            if asset.kind is AssetKind.BUNDLE and not any(self._has_port(edge) for edge in self._edges_of(asset)):
                self._leave_bundle(asset, given, source)
            elif given is None or asset.kind is AssetKind.TRANSFORMATION:
                for place in places if asset.kind is not AssetKind.TRANSFORMATION else ():
                    self.report.ask(asset.id, kind, asset.name, place)
                reason = f"The {kind} '{asset.name or asset.id}' is not in the file. {WRITE[asset.kind]}"
                self._place_asset(asset, reason)
                self.report.add(Part.ASSET, Outcome.CHANGED, source, title, f"It is a placeholder. {reason}")
            else:
                self._use_asset(asset, given)
                self.report.add(Part.ASSET, Outcome.CHANGED, source, title, f"It is '{given}' of the workspace.")

    def _leave_bundle(self, asset: ExportedAsset, given: str | None, source: str) -> None:
        if given is not None:
            self.report.add(Part.ASSET, Outcome.CHANGED, source, f"scripts/{given}", WRITE[AssetKind.BUNDLE])
            return
        for place in self._places(asset):
            self.report.ask(asset.id, asset.kind.value, asset.name, place)
        self.report.add(Part.ASSET, Outcome.LEFT_OUT, source, "", WRITE[AssetKind.BUNDLE])

    def _place_asset(self, asset: ExportedAsset, reason: str) -> None:
        outputs = dict.fromkeys(edge.source_port for edge in self._edges_of(asset)) or {ASSET_OUTPUT: None}
        type_ = ASSET_TYPES.get(asset.kind, PortType.DATASET)
        replaces = {"name": asset.name or asset.id, "id": asset.id, "reason": reason[:MAX_REASON]}
        self._place(asset.node, {}, replaces, {}, {name or ASSET_OUTPUT: type_.value for name in outputs})

    def _use_asset(self, asset: ExportedAsset, given: str) -> None:
        name, property_ = (
            ("Trained Model", "Resource name")
            if asset.kind is AssetKind.MODEL
            else ("Import Data", "Path to container, directory or blob")
        )
        module = find_module(name)
        assert module is not None
        self.known[asset.node] = module
        self.modules[self.titles[asset.node]] = {"module": name, "properties": {property_: given}}

    def _edges_of(self, asset: ExportedAsset) -> list[ExportedEdge]:
        return [edge for edge in self.exported.edges if edge.source == asset.node]

    def _places(self, asset: ExportedAsset) -> list[str]:
        edges = self._edges_of(asset)
        return [f"{self.titles.get(edge.target, edge.target)} / {edge.target_port}" for edge in edges]

    def _has_port(self, edge: ExportedEdge) -> bool:
        module = self.known.get(edge.target)
        return module is not None and find_port(module.inputs, module, edge.target_port) is not None

    def convert_edges(self) -> None:
        """Add the connections whose two ports exist here, match, and are not taken."""
        for edge in self.exported.edges:
            part = Part.CONNECTION if edge.written else Part.ASSET
            source, target = (
                self._end(edge.source, edge.source_port, True),
                self._end(edge.target, edge.target_port, False),
            )
            wrong = self._why_not(edge, source, target)
            if wrong or source is None or target is None:
                self.report.add(part, Outcome.LEFT_OUT, self._shown(edge), "", wrong)
                continue
            ends = [self.titles[edge.source], source.name], (self.titles[edge.target], target.name)
            self.sources[ends[1]] = ends[0]
            renamed = edge.written and (source.name, target.name) != (edge.source_port, edge.target_port)
            note = "Its ports have other names here." if renamed else ""
            outcome = Outcome.CHANGED if renamed else Outcome.CARRIED
            self.report.add(part, outcome, self._shown(edge), f"{' / '.join(ends[0])} → {' / '.join(ends[1])}", note)

    def _end(self, node: str, port: str, is_output: bool) -> Port | None:
        module = self.known.get(node)
        return find_port(module.outputs if is_output else module.inputs, module, port) if module is not None else None

    def _why_not(self, edge: ExportedEdge, source: Port | None, target: Port | None) -> str:
        for node, port, found in ((edge.source, edge.source_port, source), (edge.target, edge.target_port, target)):
            if node not in self.known:
                return (
                    "One of its ends is not here." if node in self.titles else f"The file has no module '{node[:100]}'."
                )
            if found is None:
                return f"'{self.titles[node]}' has no port '{port[:100]}' here."
        assert source is not None
        assert target is not None
        if source.type is not target.type:
            return f"It connects the type '{source.type.value}' to '{target.type.value}'."
        if (self.titles[edge.target], target.name) in self.sources:
            return "A port takes one connection; the first one was kept."
        return ""

    def _shown(self, edge: ExportedEdge) -> str:
        ends = ((edge.source, edge.source_port), (edge.target, edge.target_port))
        return " → ".join(
            f"{self.titles.get(node, node)[:100]} / {port[:100]}".removesuffix(" / ") for node, port in ends
        )

    def convert_service_ports(self) -> None:
        """Add the web service's inputs and outputs."""
        taken: set[tuple[str, str]] = set()
        for item in self.exported.inputs:
            port = self._end(item.node, item.port, False)
            wrong = self._why_no_port(item.node, item.port, port)
            if port is not None and port.type is not PortType.DATASET:
                wrong = f"A web service input feeds a dataset, not a {port.type.value}."
            if port is not None and (self.titles[item.node], port.name) in taken:
                wrong = "Another web service input feeds this port."
            source = f"web service input {item.name}"
            if wrong or port is None:
                self.report.add(Part.INPUT, Outcome.LEFT_OUT, source, "", wrong)
                continue
            taken.add((self.titles[item.node], port.name))
            name = safe_name(item.name, "input1")
            self.inputs.append({"name": name, "to": [self.titles[item.node], port.name]})
            self.report.add(Part.INPUT, Outcome.CARRIED, source, f"{self.titles[item.node]} / {port.name}")
        for item in self.exported.outputs:
            port = self._end(item.node, item.port, True)
            name = safe_name(item.name, "output1")
            wrong = self._why_no_port(item.node, item.port, port)
            if port is not None and port.type is PortType.UNTRAINED:
                wrong = "A web service output is a dataset or a trained model."
            if any(other["name"] == name for other in self.outputs):
                wrong = "Another web service output has this name."
            source = f"web service output {item.name}"
            if wrong or port is None:
                self.report.add(Part.OUTPUT, Outcome.LEFT_OUT, source, "", wrong)
                continue
            self.outputs.append({"name": name, "from": [self.titles[item.node], port.name]})
            self.report.add(Part.OUTPUT, Outcome.CARRIED, source, f"{self.titles[item.node]} / {port.name}")

    def _why_no_port(self, node: str, name: str, port: Port | None) -> str:
        if port is not None:
            return ""
        if node in self.known:
            return f"'{self.titles[node]}' has no port '{name[:100]}' here."
        return f"The file has no module '{node[:100]}'." if node else "It is connected to nothing."

    def convert_parameters(self) -> None:
        """Add the web service parameters, one for each property that they set."""
        defaults = {same_name(item.name): item for item in self.exported.parameters}
        used = set()
        taken = {(item["module"], item["property"]) for item in self.parameters}
        for link in self.exported.links:
            used.add(same_name(link.parameter))
            item = defaults.get(same_name(link.parameter))
            node = self._node_id(link.node)
            title = self.titles.get(node, link.node[:100])
            source = f"web service parameter {link.parameter} → {title} / {link.property}"
            target, wrong = self._parameter_target(node, link.property)
            if not wrong and (title, target) in taken:
                wrong = "Another web service parameter sets this property."
            if wrong:
                self.report.add(Part.PARAMETER, Outcome.LEFT_OUT, source, "", wrong)
                continue
            name = item.name if item else link.parameter
            parameter = {"name": safe_name(name, "parameter"), "module": title, "property": target}
            default, note = self._default(node, link.property, item.default if item else None)
            self.parameters.append(parameter if default is None else parameter | {"default": default})
            taken.add((title, target))
            outcome = Outcome.CHANGED if note else Outcome.CARRIED
            self.report.add(Part.PARAMETER, outcome, source, f"{title} / {target}", note)
        for item in self.exported.parameters:
            if same_name(item.name) not in used:
                source = f"web service parameter {item.name}"
                self.report.add(Part.PARAMETER, Outcome.LEFT_OUT, source, "", "It sets no property.")

    def _node_id(self, id_: str) -> str:
        """Return a node's id as the file's modules have it; links may differ in case."""
        return self.ids.get(id_.lower(), id_)

    def _parameter_target(self, node: str, name: str) -> tuple[str, str]:
        """Return the property that a parameter sets here, and why there is none."""
        module = self.known.get(node)
        if module is None:
            return "", "The file has no such module."
        if module.name == PLACEHOLDER:
            found = next((item.name for item in module.properties if same_name(item.name) == same_name(name)), "")
            return found, "" if found else "The placeholder does not keep this property."
        row, target = find_target(module, name)
        if row.script:
            return "", "Code is never taken from a request."
        if target is None:
            return "", row.lost or row.how or "The module has no such property here."
        return target.name, ""

    def _default(self, node: str, name: str, text: str | None) -> tuple[Any, str]:
        """Return the default of a parameter here, and how it differs; None if it must be given in each request."""
        module = self.known[node]
        if text is None:
            return None, ""
        if module.name == PLACEHOLDER:
            return text, ""
        row, target = find_target(module, name)
        assert target is not None
        value, how, wrong = convert_value(row, target, text)
        if wrong:
            return None, f"Each request must give it, because its default is not accepted here: {wrong}"
        return value, how

    def fill_open_ports(self) -> None:
        """Put placeholders at input ports that need something and have nothing."""
        fed = {(item["to"][0], item["to"][1]) for item in self.inputs}
        for node, module in [*self.known.items()]:
            for port in module.inputs:
                end = (self.titles[node], port.name)
                if port.optional or end in self.sources or end in fed:
                    continue
                id_ = f"{node}:{port.name}"
                self._name(id_, f"Missing {port.name} of {self.titles[node]}")
                reason = f"Nothing that exists here is connected to '{port.name}' of '{self.titles[node]}'."
                replaces = {"name": "nothing", "id": "", "reason": reason}
                self._place(id_, {}, replaces, {}, {port.type.value: port.type.value})
                self.sources[end] = [self.titles[id_], port.type.value]

    def convert_positions(self) -> None:
        """Keep where the modules stood on the canvas."""
        for node, place in self.exported.positions.items():
            title = self.titles.get(node)
            if title in self.modules:
                self.layout[str(title)] = [*place]
                self.report.add(Part.POSITION, Outcome.CARRIED, node, str(title))
            else:
                self.report.add(Part.POSITION, Outcome.LEFT_OUT, node, "", "The file has no module of this id.")

    def _name(self, node: str, title: str) -> None:
        name = safe_name(title, "Module")
        self.named[name] += 1
        self.titles[node] = unique_name(name, self.taken, first=self.named[name])
        self.taken.add(self.titles[node])

    def _write_script(self, title: str, text: str, extension: str) -> str:
        file = script_name(self.name, title, extension, self.report.scripts)
        self.report.scripts[file] = text
        return file
