"""What experiments are built of: modules with typed ports, connected by arguments or `>>`, and checked at once.

The modules themselves are in palette.py, which is generated from the app's palette.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from perennial.errors import PerennialError
from perennial.names import not_found

DATASET, UNTRAINED, TRAINED, TRANSFORMATION = "Dataset", "Untrained model", "Trained model", "Transformation"
Columns = str | Sequence[str] | Mapping[str, Any]
Range = str | float | Sequence[float]
Connect = Callable[["Port", "Module", str], None]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A web service parameter in the place of a property's value: callers of the web service set the property.

    Parameters
    ----------
    name
        Its name on the wire.
    default
        What is used if a call does not set it; without one, a call has to.
    """

    name: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class Port:
    """An output port of a module in an experiment, and the type of what flows out of it."""

    module: "Module"
    name: str
    type: str

    def __str__(self) -> str:
        return f"'{self.module.title}' / '{self.name}'"


@dataclass(frozen=True, slots=True)
class Names:
    """A module's names in Python: its method, and the arguments and attributes by the names in documents."""

    method: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    properties: Mapping[str, str]
    required: Sequence[str]
    named: bool


class Source(Protocol):
    """What can be connected: an output port, or a module that stands for its first one."""

    def _output(self) -> Port: ...


class TakesDataset:
    """A module with an input for a dataset."""


class TakesUntrained:
    """A module with an input for an untrained model."""


class TakesTrained:
    """A module with an input for a trained model."""


class TakesTransformation:
    """A module with an input for a transformation."""


D = TypeVar("D", bound=TakesDataset)
U = TypeVar("U", bound=TakesUntrained)
T = TypeVar("T", bound=TakesTrained)
F = TypeVar("F", bound=TakesTransformation)
X = TypeVar("X")


class DatasetSource:
    """A dataset that flows out of a module; `>>` sends it into another."""

    def _output(self) -> Port:
        raise NotImplementedError

    def __rshift__(self, other: D) -> D:
        return take(other, self._output())


class UntrainedSource:
    """An untrained model that flows out of a module; `>>` sends it into another."""

    def _output(self) -> Port:
        raise NotImplementedError

    def __rshift__(self, other: U) -> U:
        return take(other, self._output())


class TrainedSource:
    """A trained model that flows out of a module; `>>` sends it into another."""

    def _output(self) -> Port:
        raise NotImplementedError

    def __rshift__(self, other: T) -> T:
        return take(other, self._output())


class TransformationSource:
    """A transformation that flows out of a module; `>>` sends it into another."""

    def _output(self) -> Port:
        raise NotImplementedError

    def __rshift__(self, other: F) -> F:
        return take(other, self._output())


class _OutputPort:
    """A port as a source; the classes below say of what."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def __repr__(self) -> str:
        return f"<{self._port}: {self._port.type}>"

    def _output(self) -> Port:
        return self._port


class DatasetOutput(_OutputPort, DatasetSource):
    """An output port for a dataset."""


class UntrainedOutput(_OutputPort, UntrainedSource):
    """An output port for an untrained model."""


class TrainedOutput(_OutputPort, TrainedSource):
    """An output port for a trained model."""


class TransformationOutput(_OutputPort, TransformationSource):
    """An output port for a transformation."""


class Module:
    """A module of an experiment.

    Parameters
    ----------
    connect
        Connects an output port with an input port of a module; the experiment's.
    title
        Its title in the experiment.
    """

    NAME: ClassVar[str] = ""
    # The type of each port by name, and the inputs that may stay unconnected.
    INPUTS: ClassVar[Mapping[str, str]] = {}
    OUTPUTS: ClassVar[Mapping[str, str]] = {}
    OPTIONAL: ClassVar[Sequence[str]] = ()

    def __init__(self, connect: Connect, title: str) -> None:
        self.title = title
        self.connected: dict[str, Port] = {}
        self._connect = connect

    def __repr__(self) -> str:
        return f"<{self.NAME} '{self.title}'>"

    def _output(self) -> Port:
        name = next(iter(self.OUTPUTS), None)
        if name is None:
            raise PerennialError(0, "PortUnknown", f"{self} has no outputs.")
        same = [port for port, type_ in self.OUTPUTS.items() if type_ == self.OUTPUTS[name]]
        if len(same) > 1:
            raise PerennialError(0, "PortAmbiguous", f"{self} has several outputs: name one of {_listed(same)}.")
        return Port(self, name, self.OUTPUTS[name])

    def output(self, name: str) -> Port:
        """Return an output port by its name in the document; PerennialError if there is none."""
        if name not in self.OUTPUTS:
            raise not_found(f"{self} has no output", name, list(self.OUTPUTS))
        return Port(self, name, self.OUTPUTS[name])


def take(module: X, port: Port) -> X:
    """Connect a port with the only input of a module that it can go into, and return the module.

    Raises
    ------
    PerennialError
        If the module has no such input that is free, or several.
    """
    if not isinstance(module, Module):
        raise PerennialError(0, "PortUnknown", f"{port} cannot go into {type(module).__name__}: it is no module.")
    module._connect(port, module, free_input(module, port))
    return module


def free_input(module: Module, port: Port) -> str:
    """Return the name of the only input of a module that a port can go into, and that is not connected yet."""
    suitable = [name for name, type_ in module.INPUTS.items() if type_ == port.type]
    if not suitable:
        known = ", ".join(f"'{name}' ({type_})" for name, type_ in module.INPUTS.items()) or "none"
        text = f"{port} is a {port.type}, which {module} does not take. Its inputs: {known}."
        raise PerennialError(0, "PortMismatch", text)
    free = [name for name in suitable if name not in module.connected]
    needed = [name for name in free if name not in module.OPTIONAL]
    if not free:
        raise PerennialError(0, "PortTaken", f"{port}: {_listed(suitable)} of {module} is connected already.")
    if len(needed) > 1:
        text = f"{port} could go into {_listed(needed)} of {module}. Pass it by name when you make the module."
        raise PerennialError(0, "PortAmbiguous", text)
    return (needed or free)[0]


def _listed(names: Sequence[str]) -> str:
    return " or ".join(map(repr, names))
