"""Scripts that a predictive experiment keeps: Execute Python Script modules that say "Runs when scoring".

A script before the model gets the rows that callers send; one after it gets the scored rows, and delivers the output.
What stands between them must be the same for one row and for all, so that a service need not know the training data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import Effect, PortType
from studio.graph.document import Experiment, Node, PortRef
from studio.graph.scripts import BUNDLE, INPUTS, MODULE, RESULT, RUNS, SCRIPT

# Modules that do the same to one row as to all, and learn nothing from them.
PLAIN = frozenset({"Select Columns in Dataset", "Edit Metadata", "Convert to CSV", "Convert to TSV"})
# Before the first script, where callers send what it makes: missing cells as such, not the text that stood for them.
SENT = PLAIN | {"Convert to Dataset"}
REMEDY = "Or draw the predictive experiment by hand, with Trained Model in place of the training."


def runs_when_scoring(node: Node) -> bool:
    """Return whether a module is a script that is to run on the rows of a predictive service."""
    return node.module.name == MODULE and str(node.properties.get(RUNS)).lower() == "true"


def scoring_scripts(experiment: Experiment) -> list[str]:
    """Return the titles of the scripts that are to run when scoring, in running order."""
    return [title for title in experiment.order if runs_when_scoring(experiment.nodes[title])]


@dataclass(frozen=True, slots=True)
class Path:
    """Modules to keep, in no order, by title; the connections of their inputs; and where the path begins and ends.

    `start` is the input port that gets the rows, `end` the output port that delivers them.
    """

    modules: Mapping[str, dict[str, Any]]
    sources: Mapping[PortRef, PortRef]
    start: PortRef
    end: PortRef


def feed_scripts(
    experiment: Experiment,
    target: PortRef,
    place: PortRef,
    modules: dict[str, Any],
    sources: dict[PortRef, PortRef],
    entries: list[PortRef],
) -> None:
    """Connect a scorer to the scripts before its model, or let the rows enter there: the model does the rest."""
    path = _scripts_before(experiment, place)
    if path is None:
        entries.append(target)
        return
    modules |= path.modules
    sources |= {**path.sources, target: path.end}
    entries.append(path.start)


def keep_scripts_after(
    experiment: Experiment,
    scored: dict[PortRef, PortRef],
    modules: dict[str, Any],
    sources: dict[PortRef, PortRef],
    outputs: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Keep the scripts after the models; return the outputs, which are then theirs."""
    paths = _scripts_after(experiment, scored)
    for path in paths.values():
        modules |= path.modules
        sources |= path.sources
    ends = {_place(delivering): _place(path.end) for delivering, path in paths.items()}
    return [item | {"from": list(ends.get(tuple(item["from"]), item["from"]))} for item in outputs]


def _place(port: PortRef) -> tuple[str, str]:
    return port.node, port.port


def _scripts_before(experiment: Experiment, place: PortRef) -> Path | None:
    """Return the scripts that the rows pass before a port that trains a model; None if there are none.

    What stands between the last script and the model is part of the model.

    Raises
    ------
    BadArgument
        If a script takes a second dataset, or a module before it depends on the training data.
    """
    modules: dict[str, dict[str, Any]] = {}
    sources: dict[PortRef, PortRef] = {}
    start = end = None
    between: list[str] = []
    origin = experiment.connections.get(place)
    while origin is not None:
        node = experiment.nodes[origin.node]
        rows = [port.name for port in node.module.inputs if port.type is PortType.DATASET and not port.optional]
        if runs_when_scoring(node):
            result = PortRef(node.title, RESULT)
            if start is not None:
                _connect(experiment, between, start, result, modules, sources)
            _check_one_dataset(experiment, node.title)
            modules[node.title] = _kept_module(experiment, node)
            start, end, between = PortRef(node.title, INPUTS[0]), end or result, []
            origin = experiment.connections.get(start)
        elif node.module.effect is Effect.ROWS or (node.module.effect is Effect.COLUMNS and len(rows) == 1):
            if node.module.effect is Effect.COLUMNS:
                between.append(node.title)
            origin = experiment.connections.get(PortRef(node.title, node.module.inputs[0].name))
        else:
            break
    if start is None or end is None:
        return None
    _check_modules(experiment, between, start.node, SENT)
    return Path(modules, sources, start, end)


def _connect(
    experiment: Experiment,
    between: list[str],
    later: PortRef,
    earlier: PortRef,
    modules: dict[str, dict[str, Any]],
    sources: dict[PortRef, PortRef],
) -> None:
    """Keep the modules between two scripts, given from the later one to the earlier one."""
    _check_modules(experiment, between, later.node, PLAIN)
    target = later
    for title in between:
        node = experiment.nodes[title]
        modules[title] = _kept_module(experiment, node)
        sources[target] = PortRef(title, node.module.outputs[0].name)
        target = PortRef(title, node.module.inputs[0].name)
    sources[target] = earlier


def _check_modules(experiment: Experiment, between: list[str], script: str, accepted: frozenset[str]) -> None:
    for title in between:
        if (name := experiment.nodes[title].module.name) not in accepted:
            raise _wrong(
                script,
                f"gets what '{title}' ({name}) makes of the training data, and a row sent for scoring comes without "
                f"that. Connect the script before '{title}': modules between the script and the model are part of "
                "the model.",
            )


def _scripts_after(experiment: Experiment, scored: Mapping[PortRef, PortRef]) -> dict[PortRef, Path]:
    """Return the scripts that scored rows pass, by the port of the predictive experiment that delivers the scores.

    Parameters
    ----------
    scored
        For each port of the experiment that delivers scores, the port that does in the predictive one.

    Raises
    ------
    BadArgument
        If two scripts end the path of one model's scores, or a module on it needs more than the scores.
    """
    cut = {target: scored[source] for target, source in experiment.connections.items() if source in scored}
    needs: dict[str, set[str]] = {}
    for title in scoring_scripts(experiment):
        needed = experiment.upstream([PortRef(title, "")], frozenset(cut))
        if any(target.node in needed for target in cut):
            needs[title] = needed
    last = [title for title in needs if not any(title in needed for other, needed in needs.items() if other != title)]
    found: dict[PortRef, Path] = {}
    for title in last:
        targets = [target for target in cut if target.node in needs[title]]
        delivering = cut[targets[0]]
        if delivering in found:
            other = found[delivering].end.node
            raise _wrong(title, f"and '{other}' both end the path of the same scores. Connect one after the other.")
        found[delivering] = _scored_path(experiment, title, needs[title], targets, cut)
    return found


def _scored_path(
    experiment: Experiment,
    last: str,
    needed: set[str],
    targets: list[PortRef],
    cut: Mapping[PortRef, PortRef],
) -> Path:
    modules: dict[str, dict[str, Any]] = {}
    sources: dict[PortRef, PortRef] = {}
    for title in needed:
        node = experiment.nodes[title]
        if runs_when_scoring(node):
            _check_one_dataset(experiment, title)
        elif node.module.name not in PLAIN:
            raise _wrong(
                last,
                f"gets scores that pass '{title}' ({node.module.name}), which a web service cannot apply to a single "
                "row. Connect the script to the scorer.",
            )
        modules[title] = _kept_module(experiment, node)
        for port in node.module.inputs:
            target = PortRef(title, port.name)
            if target in experiment.connections:
                sources[target] = cut.get(target, experiment.connections[target])
    return Path(modules, sources, targets[0], PortRef(last, RESULT))


def _check_one_dataset(experiment: Experiment, title: str) -> None:
    """Raise BadArgument for a script that takes a second dataset, or that has no rows to take."""
    if PortRef(title, INPUTS[1]) in experiment.connections:
        raise _wrong(
            title,
            f"has a second dataset at '{INPUTS[1]}', which a web service does not have. Put what the script looks up "
            "into its Script Bundle.",
        )
    if PortRef(title, INPUTS[0]) not in experiment.connections:
        raise _wrong(title, f"has nothing connected to '{INPUTS[0]}', so it gets no rows.")


def check_scripts(experiment: Experiment, kept: Mapping[str, Any], entries: Sequence[PortRef]) -> None:
    """Raise BadArgument for a script off the path of the rows that are scored, or rows that enter in two places."""
    _check_one_entry(entries)
    for title in scoring_scripts(experiment):
        if title not in kept:
            raise _wrong(
                title,
                "is not on the path of the rows that are scored: a module that makes a new table stands between it "
                f"and the model, or it belongs to the training. Set '{RUNS}' to false, or connect it otherwise.",
            )


def _check_one_entry(entries: Sequence[PortRef]) -> None:
    """Raise BadArgument if the rows would have to be sent in two forms: to a script and to a model, say."""
    places = list(dict.fromkeys(entries))
    scripts = [place.node for place in places if place.port == INPUTS[0]]
    if scripts and len(places) > 1:
        raise BadArgument(
            "ModelConfigurationInvalid",
            f"Rows sent for scoring would enter at {' and '.join(repr(place.node) for place in places)}, which take "
            "different columns. Let every model get its rows through the same script, or draw the predictive "
            "experiment by hand, with Trained Model in place of the training.",
            scripts[0],
        )


def _kept_module(experiment: Experiment, node: Node) -> dict[str, Any]:
    """Return a module as the predictive document has it, with the script that a web service parameter names."""
    named = {
        item.property: item.default
        for item in experiment.parameters
        if item.node == node.title and item.property in (SCRIPT, BUNDLE) and item.default is not None
    }
    return {"module": node.module.name, "properties": {**node.properties, **named}}


def _wrong(script: str, reason: str) -> BadArgument:
    return BadArgument(
        "ModelConfigurationInvalid", f"The script '{script}' has '{RUNS}' set, but {reason} {REMEDY}", script
    )
