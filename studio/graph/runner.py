"""Runs the modules of an experiment in order and collects the value of every output port."""

import logging
import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from studio.errors import BadUserArgument, ModuleExecutionError, StudioError, TooLarge
from studio.graph.contract import Call, Environment
from studio.graph.dataset import Dataset
from studio.graph.document import Experiment, Node, PortRef
from studio.graph.fingerprints import Fingerprint, take_fingerprint, why_again
from studio.graph.journal import Journal
from studio.graph.opened_secrets import without_secrets
from studio.graph.properties import PropertyError, read_properties
from studio.graph.time_budget import TimeBudget

logger = logging.getLogger(__name__)

# Called before each module and at the end, with the number done, the total, and the title of the next module.
OnProgress = Callable[[int, int, str], None]


class KeptResults(Protocol):
    """Stored results of modules from the previous run: the value of each port, then the module's notes (journal.py)."""

    def find(self, title: str, fingerprint: str) -> tuple[Any, ...] | None:
        """Return the values a module delivered under this fingerprint, or None."""
        ...

    def keep(self, title: str, fingerprint: str, values: tuple[Any, ...]) -> None:
        """Store the values a module delivered."""
        ...


@dataclass(frozen=True, slots=True)
class Reuse:
    """What a run may reuse from the previous run: results, and each module's fingerprint (None if there was no run)."""

    results: KeptResults
    before: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ModuleRecord:
    """A module's part of a run: time, rows by port, whether its result was reused, and why or why not."""

    seconds: float
    rows_in: dict[str, int]
    rows_out: dict[str, int]
    reused: bool = False
    reason: str = ""
    fingerprint: dict[str, Any] | None = None


class Watcher(Protocol):
    """Follows a run, module by module, from the thread of the run."""

    def begun(self, title: str, rows_in: Mapping[str, int]) -> None:
        """Note that a module begins, with the rows at each of its inputs that is a dataset."""
        ...

    def ended(self, title: str, record: ModuleRecord, delivered: Mapping[str, Any]) -> None:
        """Note that a module has ended, with the values of its output ports."""
        ...


@dataclass(frozen=True, slots=True)
class RunResult:
    """The outcome of a run: values by output port, datasets by web service input, each module's record, the journal."""

    values: dict[PortRef, Any]
    inputs: dict[str, Dataset]
    modules: dict[str, ModuleRecord] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)


def run_experiment(
    experiment: Experiment,
    environment: Environment,
    *,
    wanted: set[str],
    fed: Mapping[PortRef, Dataset],
    parameters: Mapping[tuple[str, str], Any],
    progress: OnProgress,
    reuse: Reuse | None = None,
    budget: TimeBudget | None = None,
    journal: Journal | None = None,
    watcher: Watcher | None = None,
) -> RunResult:
    """Run modules and return their results.

    Parameters
    ----------
    wanted
        Titles of the modules to run; everything they depend on must be among them or in `fed`.
    fed
        Datasets for input ports, replacing their connections.
    parameters
        Property values by (title, property) that override the document's.
    reuse
        Results of the previous run; None runs every module.
    budget
        The time that the run may take; None does not limit it.
    journal
        Where warnings and curves are noted; a new one by default.
    watcher
        Told of each module when it begins and when it has ended; not of one that fails.

    Raises
    ------
    StudioError
        If a module fails because of its inputs or properties, as "Error 00xx" with the module's name and title.
    """
    values: dict[PortRef, Any] = {}
    records: dict[str, ModuleRecord] = {}
    journal = Journal() if journal is None else journal
    order = [title for title in experiment.order if title in wanted]
    for done, title in enumerate(order):
        progress(done, len(order), title)
        node = experiment.nodes[title]
        inputs = _inputs(experiment, node, values, fed)
        if watcher is not None:
            watcher.begun(title, _rows(inputs))
        properties = _properties(node, parameters)
        call = Call(title, node.module, inputs, properties, environment, budget, journal)
        if budget is not None:
            budget.enter(call.name)
        fingerprint = _fingerprint(experiment, call, records) if reuse else None
        delivered, records[title] = _run_or_reuse(call, reuse, fingerprint)
        outputs = dict(zip((port.name for port in node.module.outputs), delivered, strict=True))
        values |= {PortRef(title, port): value for port, value in outputs.items()}
        record = records[title]
        if watcher is not None:
            watcher.ended(title, record, outputs)
        logger.info("%s (%s) took %.3f s%s", title, node.module.name, record.seconds, ", reused" * record.reused)
    progress(len(order), len(order), "")
    return RunResult(values, _service_inputs(experiment, values, fed), records, journal)


def _run_or_reuse(
    call: Call, reuse: Reuse | None, fingerprint: Fingerprint | None
) -> tuple[tuple[Any, ...], ModuleRecord]:
    started = time.perf_counter()
    kept = reuse.results.find(call.title, fingerprint.digest) if reuse and fingerprint else None
    delivered = run_module(call) if kept is None else kept[:-1]
    if kept is not None and call.journal is not None:
        call.journal.restore(call.title, kept[-1])
    seconds, reason = time.perf_counter() - started, ""
    if reuse is not None:
        before = (reuse.before or {}).get(call.title)
        reason = why_again(call, fingerprint, before, first=reuse.before is None) if kept is None else "unchanged"
        if kept is None and fingerprint is not None:
            notes = call.journal.notes(call.title) if call.journal is not None else ""
            reuse.results.keep(call.title, fingerprint.digest, (*delivered, notes))
    outputs = dict(zip((port.name for port in call.module.outputs), delivered, strict=True))
    record = ModuleRecord(
        seconds,
        _rows(call.inputs),
        _rows(outputs),
        kept is not None,
        reason,
        fingerprint.to_json() if fingerprint else None,
    )
    return delivered, record


def _rows(values: Mapping[str, Any]) -> dict[str, int]:
    return {port: len(value.frame) for port, value in values.items() if isinstance(value, Dataset)}


def _fingerprint(experiment: Experiment, call: Call, records: Mapping[str, ModuleRecord]) -> Fingerprint | None:
    inputs = {}
    for port in call.inputs:
        source = experiment.connections.get(PortRef(call.title, port))
        known = records[source.node].fingerprint if source is not None else None
        inputs[port] = f"{known['digest']} {source.port}" if known and source is not None else ""
    return take_fingerprint(call, inputs)


def run_module(call: Call) -> tuple[Any, ...]:
    """Run one module; errors that a user can fix are raised as "Error 00xx" with the module's name and title.

    No error contains a secret of the module's properties.
    """
    try:
        return _run_module(call)
    except ModuleExecutionError as error:
        reason = without_secrets(call, error.reason)
        if reason == error.reason:
            raise
        raise ModuleExecutionError(error.number, reason) from None


def _run_module(call: Call) -> tuple[Any, ...]:
    try:
        # Overflows show up in the result, or as the library's own error about infinity.
        with np.errstate(all="ignore"):
            return call.module.run(call)
    except ModuleExecutionError:
        raise
    except PropertyError as error:
        raise call.error(error.number, error.message) from error
    except BadUserArgument as error:
        raise call.error("0049", error.message) from error
    except TooLarge as error:
        raise call.error("0138", error.message) from error
    except StudioError as error:
        raise call.error("0030", error.message) from error
    except MemoryError as error:
        raise call.error("0138", "out of memory. Use fewer rows or columns.") from error
    except ValueError as error:
        if re.search(r"\binf(s|inity)?\b", str(error)):
            raise call.error(
                "0033",
                "numbers are infinite or too large to compute with. Add Clip Values or Normalize Data before it.",
            ) from error
        traced = "".join(traceback.format_exception(error))
        logger.error("%s failed: %s", call.title, without_secrets(call, traced))
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
