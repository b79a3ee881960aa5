"""What an exported experiment holds, in one form for both formats; studio_graph.py and arm_definition.py read it.

Ids are those of the file. An asset (a dataset, a trained model, a saved transformation, a file) is a node with one
output port, as the ARM format has it; the Studio format has its id at the ports that it feeds instead.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from studio.errors import BadArgument

MAX_NODES, MAX_EDGES, MAX_PROPERTIES, MAX_PORTS, MAX_SETTINGS = 2000, 10_000, 500, 100, 1000
MAX_VALUE = 2_000_000


class AssetKind(StrEnum):
    """What an asset is."""

    DATASET = "dataset"
    MODEL = "trained model"
    TRANSFORMATION = "transformation"
    BUNDLE = "script bundle"


@dataclass(frozen=True, slots=True)
class ExportedProperty:
    """A property's value as text; `lost` if the file has none because it is a secret or was encrypted."""

    name: str
    value: str | None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class ExportedModule:
    """A module: the palette's name if the file has it, the user's title, and its ports if the file lists them."""

    id: str
    module_id: str
    name: str
    title: str
    properties: tuple[ExportedProperty, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The 32 hex digits that all versions of the module share, from `{prefix}.{family}.{version}`."""
        parts = self.module_id.split(".")
        return parts[1].lower().replace("-", "") if len(parts) > 1 else ""


@dataclass(frozen=True, slots=True)
class ExportedAsset:
    """Something that is not in the file: its node's id, the id to name it by, its kind and its name if known."""

    node: str
    id: str
    kind: AssetKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class ExportedEdge:
    """A connection between two ports; `written` unless the file has only the id of an asset at the target port."""

    source: str
    source_port: str
    target: str
    target_port: str
    written: bool = True

    def __str__(self) -> str:
        return f"{self.source}:{self.source_port} → {self.target}:{self.target_port}"


@dataclass(frozen=True, slots=True)
class ExportedPort:
    """A web service input or output, and the port it is attached to; without one it leads nowhere."""

    name: str
    node: str
    port: str


@dataclass(frozen=True, slots=True)
class ExportedParameter:
    """A web service parameter: its default, None if it has none or it cannot be read."""

    name: str
    default: str | None


@dataclass(frozen=True, slots=True)
class ExportedLink:
    """A property that a web service parameter sets."""

    parameter: str
    node: str
    property: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that a web service input may have: its columns with their swagger types, and cells as texts.

    `made` says that the file has no rows, so that one was made of the types.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    made: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported experiment.

    Parameters
    ----------
    samples
        Rows for web service inputs, by their names in lower case.
    positions
        [x, y] by node id.
    settings
        The parts of the file that belong to a service or a run, with what to do.
    template
        Whether texts may be expressions of a template.
    """

    title: str
    description: str
    modules: tuple[ExportedModule, ...]
    assets: tuple[ExportedAsset, ...]
    edges: tuple[ExportedEdge, ...]
    inputs: tuple[ExportedPort, ...] = ()
    outputs: tuple[ExportedPort, ...] = ()
    parameters: tuple[ExportedParameter, ...] = ()
    links: tuple[ExportedLink, ...] = ()
    samples: Mapping[str, Sample] = field(default_factory=dict)
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    template: bool = False


class Keys:
    """A JSON object whose keys are read whatever their case; the first of two that differ in case only counts."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            refuse(f"{where} must be a JSON object, got {str(value)[:100]}.")
        self.where = where
        self._values: dict[str, Any] = {}
        for name, item in value.items():
            self._values.setdefault(name.lower(), item)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> Any:
        """Return the value, or None."""
        return self._values.get(name.lower())

    def text(self, name: str) -> str:
        """Return the value as text; empty if there is none."""
        value = self.get(name)
        if value is not None and not isinstance(value, (str, int, float)):
            refuse(f"'{name}' of {self.where} must be text, got {str(value)[:100]}.")
        return "" if value is None else str(value)

    def keys(self, name: str) -> "Keys":
        """Return the object under this name; an empty one if there is none."""
        return Keys(self.get(name) or {}, f"'{name}' of {self.where}")

    def named(self, name: str, most: int) -> dict[str, Any]:
        """Return the object under this name with its keys as they are, since they are names."""
        value = self.get(name) or {}
        if not isinstance(value, dict) or len(value) > most:
            refuse(f"'{name}' of {self.where} must be an object with at most {most:,} entries.")
        return value

    def list(self, name: str, most: int) -> Iterator["Keys"]:
        """Return the objects of the list under this name."""
        value = self.get(name) or []
        if not isinstance(value, list) or len(value) > most:
            refuse(f"'{name}' of {self.where} must be a list with at most {most:,} entries.")
        return (Keys(item, f"an entry of '{name}'") for item in value)


def value_text(value: Any, where: str) -> str | None:
    """Return the value of a property as text: exports have texts, but people edit them."""
    if value is None or isinstance(value, str):
        text = value
    else:
        text = str(value) if isinstance(value, (bool, int, float)) else json.dumps(value)
    if text is not None and len(text) > MAX_VALUE:
        refuse(f"{where} must have at most {MAX_VALUE:,} characters, got {len(text):,}.")
    return text


def refuse(message: str) -> NoReturn:
    """Raise BadArgument: the file is no export that can be read."""
    raise BadArgument("RequestBodyInvalid", f"The exported experiment cannot be read: {message}", "Export")
