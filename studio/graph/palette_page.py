"""The reference page of the palette, generated from the modules."""

import importlib
from collections.abc import Iterable

from studio.graph.contract import Effect, Kind, Module, Port, PortType, Property
from studio.graph.palette import FILES, list_modules

INTRODUCTION = """\
# The palette

All modules, with the names and properties of the original. `make docs` generates this page from the code. A property
with an entry under *when* applies only if the other property has that value. Select columns by a name, a list of
names or a selection, see [experiment.md](experiment.md). A range lists the numbers to try, such as `1; 10; 50`.

*Scoring* says what happens to the module when a web service scores rows. "In the graph" means that it is part of the
trained model's double-precision ONNX graph, which agrees with scikit-learn within 1e-9 (`make parity` prints the
differences). If a model's graph differs by more, the training job packs the scikit-learn pipeline (skops) instead
and says so in its details.
"""
LEARNER = "the fitted model is in the graph"
SCORING = {
    Effect.COLUMNS: "in the graph",
    Effect.ROWS: "left out: it selects training rows, and every row sent for scoring gets a score",
    Effect.TABLE: "left out: it makes a new table, and rows sent for scoring enter after it",
}
ENDS = {
    PortType.TRAINED: "its model is the graph",
    PortType.UNTRAINED: LEARNER,
}


def palette_page() -> str:
    """Return the page as Markdown."""
    return "\n".join([INTRODUCTION, _overview(list_modules()), *map(_section, list_modules())])


def _overview(modules: list[Module]) -> str:
    rows = [f"| [{item.name}](#{_anchor(item.name)}) | {item.library or '-'} | {_scoring(item)} |" for item in modules]
    return "\n".join(["| module | class | scoring |", "|---|---|---|", *rows, ""])


def _section(module: Module) -> str:
    lines = [f"## {module.name}", "", _summary(module), ""]
    lines += [f"Inputs: {_ports(module.inputs)}. Outputs: {_ports(module.outputs)}. Scoring: {_scoring(module)}.", ""]
    if module.library:
        lines += [f"Class: {module.library}.", ""]
    if module.properties:
        lines += ["| property | type | default | values | when |", "|---|---|---|---|---|"]
        lines += [_row(item) for item in module.properties]
        lines.append("")
    lines += [f"* {note}" for note in module.notes]
    return "\n".join([*lines, ""] if module.notes else lines)


def _summary(module: Module) -> str:
    """Return the first line of the module's file, without the module name it may begin with."""
    text = (importlib.import_module(f"studio.graph.modules.{FILES[module.name]}").__doc__ or "").partition("\n")[0]
    words = text.partition(": ")[2] if ": " in text and text.startswith(module.name) else text
    return words[:1].upper() + words[1:]


def _scoring(module: Module) -> str:
    if module.name in ("Score Model", "Assign Data to Clusters", "Trained Model"):
        return "stands for the graph"
    ends = [ENDS[port.type] for port in module.outputs if port.type in ENDS]
    if ends:
        return ends[0]
    if not any(port.type is PortType.DATASET for port in module.inputs):
        return "left out: the caller sends the rows"
    if module.name in ("Evaluate Model", "Cross Validate Model", "Permutation Feature Importance") or module.exports:
        return "left out"
    return SCORING[module.effect]


def _ports(ports: Iterable[Port]) -> str:
    return (
        ", ".join(f"`{port.name}` ({port.type.value}{', optional' if port.optional else ''})" for port in ports)
        or "none"
    )


def _row(item: Property) -> str:
    when = f"{item.when[0]} = {' or '.join(map(str, item.when[1]))}" if item.when else ""
    return f"| {item.name} | {item.kind.value} | {_default(item)} | {_values(item)} | {when} |"


def _default(item: Property) -> str:
    if item.default is None:
        return "none" if item.optional else "required"
    if item.kind is Kind.RANGE:
        return f"`{'; '.join(f'{value:g}' for value in item.default)}`"
    if isinstance(item.default, dict):
        return f"all of kind `{item.default['select']}`"
    return f"`{item.default}`"


def _values(item: Property) -> str:
    if item.choices:
        return ", ".join(item.choices)
    bounds = []
    if item.above is not None:
        bounds.append(f"above {item.above:g}")
    if item.minimum is not None:
        bounds.append(f"from {item.minimum:g}")
    if item.maximum is not None:
        bounds.append(f"to {item.maximum:g}")
    return " ".join(bounds)


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
