"""Writes an experiment document as Python that builds it with perennial.Experiment."""

import keyword
import re
from collections.abc import Mapping
from typing import Any

from perennial.errors import PerennialError
from perennial.experiment_parts import Names
from perennial.names import not_found
from perennial.palette import PALETTE_NAMES


def experiment_code(document: Mapping[str, Any]) -> str:
    """Return Python code whose variable `experiment` is an Experiment that makes this document.

    Raises
    ------
    PerennialError
        If the document has placeholders, modules that are not in the palette, or connections in a circle.
    """
    return "\n".join(_Writer(document).lines())


class _Writer:
    """One document, the variable of each of its modules, and what feeds each of their inputs."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._modules: Mapping[str, Any] = document["modules"]
        self._feeds = {tuple(item["to"]): tuple(item["from"]) for item in document.get("connections") or ()}
        self._variables: dict[str, str] = {}
        self._names = {title: _find(title, item) for title, item in self._modules.items()}
        # A property without a value stands in the document's parameters only.
        self._inline: dict[tuple[str, str], Mapping[str, Any]] = {}
        for item in document.get("webServiceParameters") or ():
            place = (item["module"], item["property"])
            required = place[1] in self._names[place[0]].required
            if required and place[1] not in (self._modules[place[0]].get("properties") or {}):
                self._inline[place] = item

    def lines(self) -> list[str]:
        """Return the lines of code."""
        used = ", Parameter" if self._inline else ""
        described = self._document.get("description")
        lines = [f"from perennial import Experiment{used}", ""]
        lines.append(f"experiment = Experiment({described!r})" if described else "experiment = Experiment()")
        for title in self._in_order():
            lines.append(f"{self._variable(title)} = {self._call(title)}")
        for item in self._document.get("webServiceInputs") or ():
            title, port = item["to"]
            lines.append(f"experiment.web_service_input({item['name']!r}, {self._variables[title]}, {port!r})")
        for item in self._document.get("webServiceOutputs") or ():
            lines.append(f"experiment.web_service_output({item['name']!r}, {self._port(*item['from'])})")
        for item in self._document.get("webServiceParameters") or ():
            if (item["module"], item["property"]) not in self._inline:
                default = f", {item['default']!r}" if item.get("default") is not None else ""
                given = f"{item['name']!r}, {self._variables[item['module']]}, {item['property']!r}{default}"
                lines.append(f"experiment.web_service_parameter({given})")
        if self._document.get("layout"):
            at = {title: tuple(place) for title, place in self._document["layout"].items()}
            lines.append(f"experiment.layout.update({at!r})")
        return [*lines, ""]

    def _in_order(self) -> list[str]:
        """Return the titles in the document's order, but each after those that feed it."""
        ordered: list[str] = []
        waiting = list(self._modules)
        needs = {title: {source[0] for to, source in self._feeds.items() if to[0] == title} for title in waiting}
        while waiting:
            ready = next((title for title in waiting if needs[title] <= set(ordered)), None)
            if ready is None:
                raise PerennialError(0, "Circle", f"The connections between {', '.join(waiting)} form a circle.")
            ordered.append(ready)
            waiting.remove(ready)
        return ordered

    def _call(self, title: str) -> str:
        module, given = self._names[title], []
        for port, argument in module.inputs.items():
            if (title, port) in self._feeds:
                given.append(f"{argument}={self._port(*self._feeds[title, port])}")
        properties = self._modules[title].get("properties") or {}
        for name, value in properties.items():
            given.append(f"{_argument(module, name)}={value!r}")
        for (place, name), item in self._inline.items():
            if place == title:
                default = f", {item['default']!r}" if item.get("default") is not None else ""
                given.append(f"{_argument(module, name)}=Parameter({item['name']!r}{default})")
        if title != self._modules[title]["module"]:
            given.append(f"title={title!r}")
        return f"experiment.{module.method}({', '.join(given)})"

    def _port(self, title: str, name: str) -> str:
        outputs = self._names[title].outputs
        if name not in outputs:
            raise not_found(f"The module '{title}' has no output", name, list(outputs))
        alone = len(outputs) == 1
        return self._variables[title] if alone else f"{self._variables[title]}.{outputs[name]}"

    def _variable(self, title: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "module"
        wanted = f"m_{plain}" if plain[0].isdigit() else plain
        taken = {*self._variables.values(), "experiment"}
        name, number = wanted, 2
        while name in taken or keyword.iskeyword(name):
            name, number = f"{wanted}_{number}", number + 1
        self._variables[title] = name
        return name


def _find(title: str, item: Mapping[str, Any]) -> Names:
    found = PALETTE_NAMES.get(item["module"])
    if found is None:
        raise not_found(f"'{title}': the palette has no module", item["module"], list(PALETTE_NAMES))
    return found


def _argument(module: Names, name: str) -> str:
    argument = module.properties.get(name) or (name if module.named and name.isidentifier() else None)
    if argument is None:
        raise not_found(f"{module.method} has no property", name, list(module.properties))
    return argument
