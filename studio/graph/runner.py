"""Runs the modules of an experiment in order and keeps what every port delivered."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import BadUserArgument, ModuleExecutionError, StudioError
from studio.graph.dataset import Dataset
from studio.graph.document import Experiment, Node, PortRef
from studio.graph.palette import Call, Environment
from studio.graph.properties import PropertyError, read_properties

logger = logging.getLogger(__name__)

# Called before each module and at the end: titles done, how many there are, the title that comes next.
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run delivered: values by output port, datasets by web service input, seconds by module."""

    values: dict[PortRef, Any]
    inputs: dict[str, Dataset]
    seconds: dict[str, float] = field(default_factory=dict)


def run_experiment(
    experiment: Experiment,
    environment: Environment,
    *,
    wanted: set[str],
    fed: Mapping[PortRef, Dataset],
    parameters: Mapping[tuple[str, str], Any],
    progress: OnProgress,
) -> RunResult:
    """Run modules and return what they delivered.

    Parameters
    ----------
    wanted
        Titles of the modules to run; everything they need is among them or fed.
    fed
        Datasets for input ports, in place of what is connected there.
    parameters
        Property values by (title, property) that override the document's.

    Raises
    ------
    StudioError
        A user's mistake, as "Error 00xx" with the module's name and title.
    """
    values: dict[PortRef, Any] = {}
    seconds: dict[str, float] = {}
    order = [title for title in experiment.order if title in wanted]
    for done, title in enumerate(order):
        progress(done, len(order), title)
        started = time.perf_counter()
        node = experiment.nodes[title]
        call = Call(
            title,
            node.module,
            _inputs(experiment, node, values, fed),
            _properties(node, parameters),
            environment,
        )
        delivered = run_module(call)
        for port, value in zip(node.module.outputs, delivered, strict=True):
            values[PortRef(title, port.name)] = value
        seconds[title] = time.perf_counter() - started
        logger.info("%s (%s) took %.3f s", title, node.module.name, seconds[title])
    progress(len(order), len(order), "")
    return RunResult(values, _service_inputs(experiment, values, fed), seconds)


def run_module(call: Call) -> tuple[Any, ...]:
    """Run one module; whatever a user can mend is raised as "Error 00xx" with the module's name and title."""
    try:
        return call.module.run(call)
    except ModuleExecutionError:
        raise
    except PropertyError as error:
        raise call.error(error.number, error.message) from error
    except BadUserArgument as error:
        raise call.error("0049", error.message) from error
    except StudioError as error:
        raise call.error("0030", error.message) from error
    except MemoryError as error:
        raise call.error("0138", "memory is exhausted. Use fewer rows or columns.") from error
    except (ValueError, FloatingPointError) as error:
        logger.exception("%s failed", call.title)
        raise call.error("1000", f"the library raised {type(error).__name__}: {error}") from error


def _inputs(
    experiment: Experiment, node: Node, values: Mapping[PortRef, Any], fed: Mapping[PortRef, Dataset]
) -> dict[str, Any]:
    inputs = {}
    for port in node.module.inputs:
        target = PortRef(node.title, port.name)
        if target in fed:
            inputs[port.name] = fed[target]
        elif target in experiment.connections:
            inputs[port.name] = values[experiment.connections[target]]
    return inputs


def _properties(node: Node, parameters: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    given = dict(node.properties)
    given |= {name: value for (title, name), value in parameters.items() if title == node.title}
    try:
        return read_properties(node.module, given)
    except PropertyError as error:
        raise ModuleExecutionError(error.number, f"{node.module.name} ({node.title}): {error.message}") from error


def _service_inputs(
    experiment: Experiment, values: Mapping[PortRef, Any], fed: Mapping[PortRef, Dataset]
) -> dict[str, Dataset]:
    found = {}
    for item in experiment.inputs:
        value = fed.get(item.at) or values.get(experiment.connections.get(item.at, item.at))
        if isinstance(value, Dataset):
            found[item.name] = value
    return found
