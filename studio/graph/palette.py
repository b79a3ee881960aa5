"""The palette: what modules there are, and the contract each file of modules/ fulfils.

A module file defines `MODULE`: its name and family id, ports, properties with their allowed values as data, and
`run`. Module files import heavy libraries inside `run`, because validating a document must not load them.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from studio.errors import ModuleExecutionError

UINT32_MAX = 2**32 - 1

FILES = {
    "Import Data": "import_data",
    "Enter Data Manually": "enter_data_manually",
    "Convert to Dataset": "convert_to_dataset",
    "Select Columns in Dataset": "select_columns_in_dataset",
    "Edit Metadata": "edit_metadata",
    "Clean Missing Data": "clean_missing_data",
    "Split Data": "split_data",
    "Two-Class Logistic Regression": "two_class_logistic_regression",
    "Two-Class Boosted Decision Tree": "two_class_boosted_decision_tree",
    "Linear Regression": "linear_regression",
    "Train Model": "train_model",
    "Score Model": "score_model",
    "Evaluate Model": "evaluate_model",
    "Trained Model": "trained_model",
}


class PortType(StrEnum):
    """What flows through a port."""

    DATASET = "Dataset"
    UNTRAINED = "Untrained model"
    TRAINED = "Trained model"


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed port; an optional input port may stay unconnected."""

    name: str
    type: PortType
    optional: bool = False


class Kind(StrEnum):
    """The type of a property's value."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a module: its type, default and bounds, and for which value of another property it applies.

    A property without a default must be given, unless `optional`.
    """

    name: str
    kind: Kind
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    above: float | None = None
    when: tuple[str, tuple[Any, ...]] | None = None

    @property
    def required(self) -> bool:
        """Whether a document has to give it."""
        return self.default is None and not self.optional


class Environment(Protocol):
    """What a module may reach outside its inputs: the workspace's data and the moment of the run."""

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return name and content of the workspace's datasets that the path or pattern names."""
        ...

    def read_blob(self, reference: Mapping[str, Any], target: str) -> tuple[str, bytes]:
        """Return name and content of a blob anywhere, given as a client's reference."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One execution of a module: its title in the document, input values by port, property values by name."""

    title: str
    module: "Module"
    inputs: Mapping[str, Any]
    properties: Mapping[str, Any]
    environment: Environment

    def error(self, number: str, message: str) -> ModuleExecutionError:
        """Return "Error 00xx: module (title): message"."""
        name = self.module.name if self.title == self.module.name else f"{self.module.name} ({self.title})"
        return ModuleExecutionError(number, f"{name}: {message}")


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the palette; `run` returns one value for each output port, in order.

    `row_wise` modules handle each row alone, so they stay on the way of rows to be scored.
    """

    name: str
    family: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    run: Callable[[Call], tuple[Any, ...]]
    properties: tuple[Property, ...] = field(default=())
    row_wise: bool = False

    def property(self, name: str) -> Property | None:
        """Return the property of this name, or None."""
        return next((item for item in self.properties if item.name == name), None)


def find_module(name: str) -> Module | None:
    """Return the module of this name, loading its file on first use, or None."""
    file = FILES.get(name)
    if file is None:
        return None
    module: Module = importlib.import_module(f"studio.graph.modules.{file}").MODULE
    return module


def list_modules() -> list[Module]:
    """Return every module of the palette."""
    return [module for name in FILES if (module := find_module(name)) is not None]
