"""An experiment's document and the report on it while they are made; modules.py and the files beside it fill them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.classic.imports.exported import Exported
from studio.classic.imports.names import safe_name, same_name, script_name, unique_name
from studio.classic.imports.ports import find_port
from studio.classic.imports.report import Report
from studio.graph.contract import Module, Port
from studio.graph.document import MAX_DESCRIPTION
from studio.graph.placeholder import PLACEHOLDER, find_described_module

MAX_REASON = 1500


@dataclass(frozen=True, slots=True)
class Answers:
    """What whoever imports the file gives besides.

    `data` maps the id or name of an asset to a dataset, model or folder here; `values` a place or name to a text.
    """

    data: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """What has been made so far. `titles` and `known` have each node's title and module here, by the file's id.

    Parameters
    ----------
    name
        The experiment's name, which is part of the names of its scripts.
    """

    def __init__(self, exported: Exported, name: str, answers: Answers) -> None:
        self.exported, self.name, self.answers = exported, name, answers
        self.report = Report()
        self.titles: dict[str, str] = {}
        self.known: dict[str, Module] = {}
        self.modules: dict[str, Any] = {}
        self.sources: dict[tuple[str, str], tuple[str, str]] = {}
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.parameters: list[dict[str, Any]] = []
        self.layout: dict[str, list[float]] = {}
        self._taken: set[str] = set()
        self._named: Counter[str] = Counter()
        self._files: dict[tuple[str, str], str] = {}
        self._ids = {module.id.lower(): module.id for module in exported.modules}
        self._linked: dict[str, set[str]] = {}
        for link in exported.links:
            self._linked.setdefault(self.node_id(link.node), set()).add(same_name(link.property))

    def document(self) -> dict[str, Any]:
        """Return the document as far as it is made."""
        return {
            "description": self.exported.description[:MAX_DESCRIPTION],
            "modules": self.modules,
            "connections": [{"from": [*source], "to": [*target]} for target, source in self.sources.items()],
            "webServiceInputs": self.inputs,
            "webServiceOutputs": self.outputs,
            "webServiceParameters": self.parameters,
            "layout": self.layout,
        }

    def node_id(self, id_: str) -> str:
        """Return a node's id as the file's modules have it; links may differ in case."""
        return self._ids.get(id_.lower(), id_)

    def linked(self, node: str) -> set[str]:
        """Return the properties of a node that web service parameters set, as `same_name` has them."""
        return self._linked.get(node, set())

    def give_title(self, node: str, title: str) -> None:
        """Give a node a title of its own."""
        name = safe_name(title, "Module")
        self._named[name] += 1
        self.titles[node] = unique_name(name, self._taken, first=self._named[name])
        self._taken.add(self.titles[node])

    def add_module(self, node: str, module: Module, properties: Mapping[str, Any]) -> None:
        """Add a module of the palette for a node."""
        self.known[node] = module
        self.modules[self.titles[node]] = {"module": module.name, "properties": dict(properties)}

    def add_placeholder(
        self,
        node: str,
        properties: Mapping[str, str],
        replaces: Mapping[str, str],
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
    ) -> None:
        """Add a placeholder for a node.

        Parameters
        ----------
        replaces
            `name`, `id` and `reason` of what it stands for.
        inputs, outputs
            What flows through its ports, by their names.
        """
        title = self.titles[node]
        item = {
            "module": PLACEHOLDER,
            "properties": dict(properties),
            "replaces": {**replaces, "inputs": dict(inputs), "outputs": dict(outputs)},
        }
        module = find_described_module(title, item)
        assert module is not None
        self.modules[title], self.known[node] = item, module
        self.report.placeholders.append(title)

    def find_end(self, node: str, port: str, *, is_output: bool) -> Port | None:
        """Return the port here that one in the file is, or None."""
        module = self.known.get(node)
        return find_port(module.outputs if is_output else module.inputs, module, port) if module is not None else None

    def write_script(self, title: str, text: str, extension: str) -> str:
        """Note a module's code, once, and return the name of its file."""
        if (title, text) not in self._files:
            file = script_name(self.name, title, extension, self.report.scripts)
            self._files[title, text] = file
            self.report.scripts[file] = text
        return self._files[title, text]
