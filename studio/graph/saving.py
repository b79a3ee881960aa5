"""What only documents about to be saved have to pass, and what their authors are told about.

Stored documents are not checked again, so that all that were saved stay readable.
"""

import itertools
import json
import math
from typing import Any

from studio.errors import Detail
from studio.graph.column_selection import selection_problem
from studio.graph.contract import Kind
from studio.graph.document import MAX_SHOWN, Experiment, Node, Parameter, read_document, wrong
from studio.graph.placeholder import find_placeholders
from studio.graph.predictive import check_model_names, trained_ports
from studio.graph.properties import PropertyError, read_property
from studio.graph.secrets import Keep, keep_secrets
from studio.problems import MAX_PROBLEMS, Problems
from studio.wire import Repeating

# Checking a document of this size takes less than a second.
MAX_ITEMS = {
    "modules": 2000,
    "connections": 10_000,
    "webServiceInputs": 200,
    "webServiceOutputs": 200,
    "webServiceParameters": 1000,
}
MAX_NAME, MAX_DEPTH, LARGEST = 400, 20, 2**63 - 1


def check_new_document(document: Any, find_kept: Keep) -> Experiment:
    """Check a document that a client wants to save, and return the experiment, with stored secrets where it has `***`.

    Parameters
    ----------
    find_kept
        Returns the stored secret of a place, or None if there is none.

    Raises
    ------
    BadArgument
        With a detail for everything that is wrong: its place, and what is accepted there.
    """
    check_limits(document)
    problems = Problems()
    _check_repeats(document, problems)
    if isinstance(document, dict):
        document = keep_secrets(document, find_kept, problems)
    experiment = read_document(document, problems)
    check_model_names(experiment, problems)
    for parameter in experiment.parameters:
        _check_default(parameter, experiment.nodes[parameter.node], problems)
    for node in experiment.nodes.values():
        _check_selections(node, problems)
    problems.raise_all()
    return experiment


def find_warnings(experiment: Experiment) -> list[Detail]:
    """Return what does not keep an experiment from being run, but from what its author will want to do next."""
    delivered = {item.at for item in experiment.outputs}
    missing = [port for port in trained_ports(experiment) if port not in delivered]
    taken = {item.name for item in experiment.outputs}
    free = (name for number in itertools.count(1) if (name := f"output{number}") not in taken)
    placeholders = [
        Detail("ExperimentNotComplete", text, title, module=title)
        for title, text in find_placeholders(experiment.document).items()
    ]
    return placeholders + [
        Detail(
            "ModelConfigurationInvalid",
            f"The model of '{port.node}' is no output of the experiment, so that a training web service published from "
            f"it does not return that model and cannot retrain it. Add to webServiceOutputs: "
            f'{{"name": "{name}", "from": {json.dumps([port.node, port.port], ensure_ascii=False)}}}.',
            port.node,
            module=port.node,
            port=port.port,
        )
        for port, name in zip(missing[:MAX_PROBLEMS], free, strict=False)
    ]


def _check_repeats(document: Any, problems: Problems) -> None:
    """Note the titles and properties that are there twice: JSON would keep the last one, without a word."""
    parts = [("The experiment has", "", document)]
    modules = document.get("modules") if isinstance(document, dict) else None
    if isinstance(modules, dict):
        parts.append(("Two modules have the title", "", modules))
        for title, item in modules.items():
            properties = item.get("properties") if isinstance(item, dict) else None
            parts += [(f"The module '{title}' has", title, item), (f"'{title}' sets the property", title, properties)]
    for text, title, part in parts:
        for name in part.repeated if isinstance(part, Repeating) else ():
            shown = name[:MAX_SHOWN]
            module = title or (shown if part is modules else None)
            message = f"{text} '{shown}' more than once. Rename or remove all but one."
            problems.note(wrong(message, title or shown, module=module))


def _check_default(parameter: Parameter, node: Node, problems: Problems) -> None:
    """Note a default that the property it sets would not accept."""
    item = node.module.property(parameter.property)
    if item is None or parameter.default is None:
        return
    try:
        read_property(item, parameter.default)
    except PropertyError as error:
        text = f"The default of the web service parameter '{parameter.name}': {error.message}"
        problems.note(wrong(text, parameter.name, module=node.title, property=item.name, number=error.number))


def _check_selections(node: Node, problems: Problems) -> None:
    for item in node.module.properties:
        problem = selection_problem(node.properties.get(item.name)) if item.kind is Kind.COLUMNS else None
        if problem is not None:
            text = f"{node.module.name} ('{node.title}'): {item.name}: {problem}"
            problems.note(wrong(text, node.title, module=node.title, property=item.name, number="0011"))


def check_limits(document: Any) -> None:
    """Raise BadArgument, with a detail for each, unless a document is within the limits on its size."""
    if not isinstance(document, dict):
        return
    problems = Problems()
    for name, most in MAX_ITEMS.items():
        found = document.get(name)
        if isinstance(found, (dict, list)) and len(found) > most:
            problems.note(wrong(f"'{name}' may have at most {most:,} entries, got {len(found):,}.", name))
    modules = document.get("modules")
    named = [*modules] if isinstance(modules, dict) else []
    for part in ("webServiceInputs", "webServiceOutputs", "webServiceParameters"):
        items = document.get(part)
        named += [str(item.get("name")) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    for text in named:
        if len(text) > MAX_NAME:
            message = (
                f"A title or name may have at most {MAX_NAME} characters, got {len(text):,}: '{text[:MAX_SHOWN]}…'."
            )
            problems.note(wrong(message, text[:MAX_NAME]))
    with problems.noted():
        _check_values(document)
    problems.raise_all()


def _check_values(document: dict[str, Any]) -> None:
    """Raise BadArgument if values are nested too deeply, or a number cannot be stored."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise wrong(f"An experiment may be nested {MAX_DEPTH} levels deep at most.")
        if isinstance(value, (dict, list)):
            waiting += ((item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
        elif (isinstance(value, float) and not math.isfinite(value)) or (
            isinstance(value, int) and abs(value) > LARGEST
        ):
            raise wrong(f"A number of the experiment is too large or not a number: {str(value)[:40]}.")
