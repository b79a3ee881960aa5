"""What every module of the palette is made of: ports, properties, the call it gets and what it may reach outside.

palette.py finds the modules; modules/ has one file each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from studio.errors import ModuleExecutionError

UINT32_MAX = 2**32 - 1


class PortType(StrEnum):
    """What flows through a port."""

    DATASET = "Dataset"
    UNTRAINED = "Untrained model"
    TRAINED = "Trained model"
    TRANSFORMATION = "Transformation"


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed port; an optional input port may stay unconnected."""

    name: str
    type: PortType
    optional: bool = False


class Kind(StrEnum):
    """The type of a property's value; a range is a list of numbers to try, written `1; 10; 50`."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    COLUMNS = "columns"
    RANGE = "range"


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
    """What a module may reach outside its inputs; each raises BadArgument with what to do if it cannot."""

    def dataset_version(self, path: str) -> str:
        """Return a text that changes when a dataset that the path or pattern names does."""
        ...

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return name and content of the workspace's datasets that the path or pattern names."""
        ...

    def read_blobs(self, reference: Mapping[str, Any], target: str) -> list[tuple[str, bytes]]:
        """Return name and content of blobs anywhere, given as a client's reference or pattern."""
        ...

    def read_url(self, url: str) -> bytes:
        """Return what an allowed web address holds."""
        ...

    def read_table(self, connection_string: str, table: str, limit: int | None) -> Any:
        """Return columns, and the cells of each, of a table of a storage account."""
        ...

    def query_database(self, name: str, query: str) -> Any:
        """Return columns, and the cells of each, of a query to a configured database."""
        ...

    def write_dataset(self, name: str, content: bytes) -> None:
        """Put a dataset of the workspace."""
        ...

    def write_blob(self, reference: Mapping[str, Any], content: bytes, target: str) -> None:
        """Put a blob anywhere, given as a client's reference."""
        ...

    def write_table(
        self, connection_string: str, table: str, columns: Any, rows: Any, keys: tuple[str | None, str | None]
    ) -> None:
        """Put rows into a table of a storage account."""
        ...

    def write_database(self, name: str, table: str, columns: Any, rows: Any) -> None:
        """Replace the rows of a table of a configured database."""
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


class Effect(StrEnum):
    """What a module does to the rows that pass it, and so whether a predictive experiment keeps it.

    Columns: each row is handled alone, so rows to be scored pass it too. Rows: it chooses or adds rows for training
    and leaves columns alone. Table: it makes a new table, so rows to be scored come in behind it.
    """

    COLUMNS = "columns"
    ROWS = "rows"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the palette; `run` returns one value for each output port, in order.

    `library` names the class that does the work, `notes` the differences from the original, for the documentation.
    `exports` modules deliver outside the experiment, so every job runs them. `version` gives a text that changes when
    the outside data a call reads change, None if that cannot be told.
    """

    name: str
    family: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    run: Callable[[Call], tuple[Any, ...]]
    properties: tuple[Property, ...] = field(default=())
    effect: Effect = Effect.TABLE
    library: str = ""
    notes: tuple[str, ...] = ()
    exports: bool = False
    version: Callable[[Call], str | None] | None = None

    def property(self, name: str) -> Property | None:
        """Return the property of this name, or None."""
        return next((item for item in self.properties if item.name == name), None)
