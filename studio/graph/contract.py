"""What modules are made of: ports, properties, the call a module gets and its access to the outside.

palette.py finds the modules; each has a file in modules/.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from studio.errors import ModuleExecutionError
from studio.graph.journal import Journal
from studio.graph.time_budget import TimeBudget

if TYPE_CHECKING:
    from studio.model.saved import SavedModel

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
    """The type of a property's value; a range is a list of numbers to try, such as `1; 10; 50`."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    COLUMNS = "columns"
    RANGE = "range"
    ESTIMATOR = "estimator"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a module: its type, default and bounds, and the value of another property it depends on.

    A property without a default is required unless `optional`. A secret is `sealed_for` the value of
    the property of that name, which says where it is used; a link is sealed for itself (secrets.py).
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
    sealed_for: str = ""

    @property
    def required(self) -> bool:
        """Whether a document must set it."""
        return self.default is None and not self.optional


class Store(Protocol):
    """A datastore of the workspace as modules use it; a place is a path, a table's name or a query, by its kind."""

    @property
    def holds_files(self) -> bool:
        """Whether it holds files; else it holds rows."""
        ...

    def version(self, place: str) -> str | None:
        """Return a text that changes when what is at a place changes; None if nothing tells that."""
        ...

    def read(self, place: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each file that a path or pattern matches."""
        ...

    def read_rows(self, place: str) -> Any:
        """Return the columns of a storage table or query, and the cells of each."""
        ...

    def write_file(self, place: str, content: bytes) -> None:
        """Write a file, replacing an existing one."""
        ...

    def write_rows(self, place: str, columns: Any, rows: Any, keys: tuple[str | None, str | None]) -> None:
        """Write rows to a storage table, or replace those of a database table."""
        ...


class Environment(Protocol):
    """A module's access to the outside; methods raise BadArgument, with a remedy, if access fails."""

    def open_secret(self, sealed: str, property_name: str, destination: str) -> str:
        """Return a sealed secret, which opens for one property and destination only."""
        ...

    def model_version(self, name: str) -> str:
        """Return the hash of the trained model of this name, empty if there is none."""
        ...

    def find_model(self, name: str) -> "SavedModel | None":
        """Return the trained model of this name, or None."""
        ...

    def datastore(self, name: str) -> Store:
        """Return a datastore of the workspace."""
        ...

    def dataset_version(self, path: str) -> str | None:
        """Return a text that changes whenever one of the datasets that the path or pattern matches changes.

        None if one of them is kept where nothing tells that.
        """
        ...

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each workspace dataset that the path or pattern matches."""
        ...

    def dataset_options(self, name: str) -> Any:
        """Return the ReadingOptions that a workspace dataset was uploaded with; None if it is older than those."""
        ...

    def unpack(self, files: Any) -> list[tuple[str, bytes]]:
        """Return files, given by name and content, with the tables in `.gz` and `.zip` files in their places."""
        ...

    def read_blobs(self, reference: Mapping[str, Any], target: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each blob that a client's reference or pattern matches, in any account."""
        ...

    def read_url(self, url: str) -> bytes:
        """Return the content of a web address on an allowed host."""
        ...

    def read_table(self, connection_string: str, table: str, limit: int | None) -> Any:
        """Return the columns of a storage table, and the cells of each."""
        ...

    def query_database(self, name: str, query: str) -> Any:
        """Return the columns of a query's result from a configured database, and the cells of each."""
        ...

    def write_dataset(self, name: str, content: bytes) -> None:
        """Write a dataset of the workspace."""
        ...

    def write_blob(self, reference: Mapping[str, Any], content: bytes, target: str) -> None:
        """Write the blob that a client's reference names, in any account."""
        ...

    def write_table(
        self, connection_string: str, table: str, columns: Any, rows: Any, keys: tuple[str | None, str | None]
    ) -> None:
        """Write rows to a storage table."""
        ...

    def write_database(self, name: str, table: str, columns: Any, rows: Any) -> None:
        """Replace the rows of a table in a configured database."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One execution of a module: its title in the document, input values by port, property values by name."""

    title: str
    module: "Module"
    inputs: Mapping[str, Any]
    properties: Mapping[str, Any]
    environment: Environment
    budget: TimeBudget | None = None
    journal: Journal | None = None

    def warn(self, message: str) -> None:
        """Add a warning, with this module's title, to the run's journal."""
        if self.journal is not None:
            self.journal.warn(self.title, message)

    def error(self, number: str, message: str) -> ModuleExecutionError:
        """Return "Error 00xx: module (title): message"."""
        return ModuleExecutionError(number, f"{self.name}: {message}")

    @property
    def name(self) -> str:
        """The module's name, and its title if that differs, as errors name it."""
        return self.module.name if self.title == self.module.name else f"{self.module.name} ({self.title})"

    def helping(self) -> AbstractContextManager[None]:
        """Return a context for threads that work for this call, which end when the run has used up its time."""
        return self.budget.helping() if self.budget else nullcontext()


class Effect(StrEnum):
    """What a module does to rows, which decides whether a predictive experiment keeps it.

    Columns: it handles each row by itself, so rows sent for scoring pass through it too. Rows: it selects or adds
    training rows and leaves the columns alone. Table: it makes a new table, so rows sent for scoring enter after it.
    """

    COLUMNS = "columns"
    ROWS = "rows"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the palette; `run` returns one value for each output port, in order.

    For the documentation, `library` names the class that does the work and `notes` the differences from the original.
    A module that `exports` writes outside the experiment, so every job runs it. `version` returns a text that changes
    whenever the outside data that a call reads changes, or None if that is unknown. `named` makes the properties of a
    module that takes more than it lists, such as the parameters of an estimator.
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
    named: Callable[[str], Property | None] | None = None

    def property(self, name: str) -> Property | None:
        """Return the property of this name, or None; `named` has those that are not listed."""
        listed = next((item for item in self.properties if item.name == name), None)
        return self.named(name) if listed is None and self.named is not None else listed
