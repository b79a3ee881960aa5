"""Turns a training experiment into a predictive experiment, as "Set Up Web Service" did.

Modules needed only for training are removed (learner, Train Model, Split Data, Evaluate Model, the data source); the
trained model becomes the resource `{experiment} [trained model]`; modules that work on columns stay. The web service
input goes where the data came in, or after the last module that makes a new table; each scorer gets an output. Scripts
that run when scoring stay as well (scoring_scripts.py).
"""

from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import Effect, Module, PortType
from studio.graph.document import Experiment, Node, PortRef, wrong
from studio.graph.exports import copy_exports
from studio.graph.palette import find_module
from studio.graph.scoring import AS_TRAINED
from studio.graph.scoring_scripts import check_scripts, feed_scripts, keep_scripts_after, scoring_scripts
from studio.problems import Problems
from studio.wire import fits_url

DATASET, TRAINED = "Dataset", "Trained model"
SAVED, RESOURCE_NAME = "Trained Model", "Resource name"
CLUSTER_TRAINER, CLUSTER_SCORER = "Train Clustering Model", "Assign Data to Clusters"
APPEND = {
    "Score Model": "Append score columns to output",
    CLUSTER_SCORER: "Check for Append or Uncheck for Result Only",
}


@dataclass(frozen=True, slots=True)
class Predictor:
    """A trained model of the experiment, and how it will score.

    The port it comes from, its resource name, the name of its output, whether output rows include the input columns,
    and the web service parameter that controls this, if there is one.
    """

    port: PortRef
    resource: str
    output: str
    append: bool
    append_parameter: str | None

    @property
    def trainer(self) -> str:
        """The title of the module that trains it."""
        return self.port.node


def find_predictors(experiment: Experiment, name: str) -> tuple[Predictor, ...]:
    """Return one predictor per module that trains a model, in running order.

    Raises
    ------
    BadArgument
        If the experiment does not train a model.
    """
    ports = trained_ports(experiment)
    if not ports:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "A predictive web service needs a trained model, but the experiment has no Train Model module.",
        )
    predictors = []
    for index, port in enumerate(ports):
        middle = "" if index == 0 else f" {port.node}"
        append, parameter = _appends(experiment, port)
        predictors.append(Predictor(port, f"{name}{middle} [trained model]", f"output{index + 1}", append, parameter))
    return tuple(predictors)


def check_model_names(experiment: Experiment, problems: Problems) -> None:
    """Note each module whose title becomes part of a trained model's name but cannot stand in a URL.

    Not part of find_predictors: experiments that were saved before keep running.
    """
    for port in trained_ports(experiment)[1:]:
        if not fits_url(port.node):
            text = (
                f"The title of '{port.node}' becomes part of its trained model's name, which stands in URLs: it must "
                "have none of / \\ ? # %. Rename the module."
            )
            problems.note(wrong(text, port.node, module=port.node))


def trained_ports(experiment: Experiment) -> list[PortRef]:
    """Return the output ports for trained models, in running order."""
    return [
        PortRef(title, port.name)
        for title in experiment.order
        for port in experiment.nodes[title].module.outputs
        if port.type is PortType.TRAINED and experiment.nodes[title].module.name != SAVED
    ]


def saved_models(experiment: Experiment) -> dict[str, str]:
    """Return the resource names of the experiment's Trained Model modules, by title."""
    nodes = ((title, experiment.nodes[title]) for title in experiment.order)
    return {title: _resource_name(experiment, node) for title, node in nodes if node.module.name == SAVED}


def _resource_name(experiment: Experiment, node: Node) -> str:
    set_by = [item for item in experiment.parameters if (item.node, item.property) == (node.title, RESOURCE_NAME)]
    return str(node.properties.get(RESOURCE_NAME) or (set_by[0].default if set_by else ""))


def derive_predictive(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return the document of the predictive experiment."""
    modules: dict[str, Any] = {}
    sources: dict[PortRef, PortRef] = {}
    entries: list[PortRef] = []
    outputs: list[dict[str, Any]] = []
    scored: dict[PortRef, PortRef] = {}
    input_name = experiment.inputs[0].name if experiment.inputs else "input1"
    walk = _Walk(experiment, modules, sources, entries, [])
    scripted = bool(scoring_scripts(experiment))
    for predictor in find_predictors(experiment, name):
        modules[predictor.resource] = {
            "module": SAVED,
            "properties": {RESOURCE_NAME: predictor.resource},
        }
        kind = _scorer_kind(experiment, predictor.port)
        scorer = _scorer(experiment, predictor.port) or f"Score {predictor.trainer}"
        modules[scorer] = {"module": kind, "properties": {APPEND[kind]: predictor.append}}
        sources[PortRef(scorer, TRAINED)] = PortRef(predictor.resource, TRAINED)
        place = PortRef(predictor.trainer, _training_port(experiment, predictor.trainer))
        if scripted:
            modules[scorer]["properties"][AS_TRAINED.name] = True
            feed_scripts(experiment, PortRef(scorer, DATASET), place, modules, sources, entries)
        else:
            walk.feed(PortRef(scorer, DATASET), place)
        delivered = next(port.name for port in _module(kind).outputs)
        scored |= {port: PortRef(scorer, delivered) for port in _scores(experiment, predictor.port)}
        outputs.append({"name": predictor.output, "from": [scorer, delivered]})
    walk.copy_transformations()
    if scripted:
        outputs = keep_scripts_after(experiment, scored, modules, sources, outputs)
        check_scripts(experiment, modules, entries)
    kept = copy_exports(experiment, scored, modules, sources)
    set_later = [item for item in experiment.document.get("webServiceParameters") or () if item["module"] in kept]
    return {
        "description": experiment.description,
        "modules": modules,
        "connections": [{"from": _port(source), "to": _port(target)} for target, source in sources.items()],
        "webServiceInputs": [{"name": input_name, "to": _port(entry)} for entry in dict.fromkeys(entries)],
        "webServiceOutputs": outputs,
    } | ({"webServiceParameters": set_later} if set_later else {})


@dataclass(frozen=True, slots=True)
class _Walk:
    """Copies the modules that rows pass through on their way to a scorer.

    How it works: `feed` starts at a scorer's dataset port and follows the connections upstream. It skips modules that
    only select rows, copies modules that work on columns, and stops at anything else: there, rows sent for scoring
    enter. Transformations are copied last, with all they depend on, because only then is it known which modules
    were copied already."""

    experiment: Experiment
    modules: dict[str, Any]
    sources: dict[PortRef, PortRef]
    entries: list[PortRef]
    transformations: list[PortRef]

    def feed(self, target: PortRef, place: PortRef) -> None:
        """Connect `target` to whatever feeds the port `place` in training, or make it an entry point for rows."""
        # Lists of what is left to do, not recursion: a chain of modules may be longer than Python's stack is deep.
        waiting: list[tuple[PortRef, PortRef | None]] = [(target, place)]
        while waiting:
            port, source = waiting.pop()
            if source is None:
                self.transformations.append(port)
            else:
                waiting += reversed(self._feed(port, source))

    def _feed(self, target: PortRef, place: PortRef) -> list[tuple[PortRef, PortRef | None]]:
        """Connect one port; return the ports of the module that now feeds it, None for those of transformations."""
        origin = self.experiment.connections.get(place)
        while origin is not None and self._node(origin).module.effect is Effect.ROWS:
            origin = self.experiment.connections.get(PortRef(origin.node, self._node(origin).module.inputs[0].name))
        if origin is None or self._node(origin).module.effect is not Effect.COLUMNS:
            self.entries.append(target)
            return []
        self.sources[target] = origin
        if origin.node in self.modules:
            return []
        node = self._node(origin)
        self.modules[origin.node] = {"module": node.module.name, "properties": dict(node.properties)}
        found: list[tuple[PortRef, PortRef | None]] = []
        for port in node.module.inputs:
            ref = PortRef(origin.node, port.name)
            # Optional datasets, such as a list of words, are no rows to score: they come with what they depend on.
            if port.type is PortType.DATASET and not port.optional:
                found.append((ref, ref))
            elif ref in self.experiment.connections:
                found.append((ref, None))
        return found

    def copy_transformations(self) -> None:
        """Copy the modules that produce the transformations, once the path of the rows is known."""
        for place in self.transformations:
            self._copy(place)

    def _copy(self, place: PortRef) -> None:
        """Copy the module that produces a transformation, with everything it depends on."""
        waiting = [place]
        while waiting:
            target = waiting.pop()
            origin = self.experiment.connections[target]
            self.sources[target] = origin
            if origin.node in self.modules:
                continue
            node = self._node(origin)
            self.modules[origin.node] = {"module": node.module.name, "properties": dict(node.properties)}
            refs = [PortRef(origin.node, port.name) for port in node.module.inputs]
            waiting += [ref for ref in reversed(refs) if ref in self.experiment.connections]

    def _node(self, port: PortRef) -> Node:
        return self.experiment.nodes[port.node]


def _module(name: str) -> Module:
    module = find_module(name)
    assert module is not None
    return module


def _port(ref: PortRef) -> list[str]:
    return [ref.node, ref.port]


def _training_port(experiment: Experiment, trainer: str) -> str:
    ports = [port.name for port in experiment.nodes[trainer].module.inputs if port.type is PortType.DATASET]
    return ports[0]


def _scorer_kind(experiment: Experiment, port: PortRef) -> str:
    return CLUSTER_SCORER if experiment.nodes[port.node].module.name == CLUSTER_TRAINER else "Score Model"


def _scorer(experiment: Experiment, source: PortRef) -> str | None:
    return next(iter(_scorers(experiment, source)), None)


def _scorers(experiment: Experiment, source: PortRef) -> list[str]:
    found = [target.node for target, origin in experiment.connections.items() if origin == source]
    return [title for title in found if experiment.nodes[title].module.name in APPEND]


def _scores(experiment: Experiment, source: PortRef) -> list[PortRef]:
    """Return the ports that deliver scores of a trained model."""
    scorers = (experiment.nodes[title] for title in _scorers(experiment, source))
    return [PortRef(node.title, node.module.outputs[0].name) for node in scorers]


def _appends(experiment: Experiment, source: PortRef) -> tuple[bool, str | None]:
    scorer = _scorer(experiment, source)
    return (True, None) if scorer is None else appends(experiment, scorer)


def appends(experiment: Experiment, scorer: str) -> tuple[bool, str | None]:
    """Return whether a scorer's output includes the input columns, and the web service parameter that sets this."""
    name = APPEND[experiment.nodes[scorer].module.name]
    set_by = [item for item in experiment.parameters if (item.node, item.property) == (scorer, name)]
    given = experiment.nodes[scorer].properties.get(name, set_by[0].default if set_by else True)
    return str(True if given is None else given).lower() == "true", set_by[0].name if set_by else None
