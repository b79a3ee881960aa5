"""From a training experiment to the predictive one, as "Set Up Web Service" did.

Modules that only train go (learner, Train Model, Split Data, Evaluate Model, the data source); the trained model
becomes the resource `{experiment} [trained model]`; row-wise modules before Train Model stay; a web service input
stands where the data came in, a web service output behind each Score Model.
"""

from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.graph.document import Experiment, PortRef

DATASET, TRAINED, SCORED = "Dataset", "Trained model", "Scored dataset"


@dataclass(frozen=True, slots=True)
class Predictor:
    """A trained model of the experiment and how it will score: Train Model's title, resource, output, append."""

    trainer: str
    resource: str
    output: str
    append: bool


def find_predictors(experiment: Experiment, name: str) -> tuple[Predictor, ...]:
    """Return one predictor for each Train Model, in running order.

    Raises
    ------
    BadArgument
        If the experiment trains no model.
    """
    trainers = [title for title in experiment.order if experiment.nodes[title].module.name == "Train Model"]
    if not trainers:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "A predictive web service needs a trained model: the experiment has no Train Model module.",
        )
    predictors = []
    for index, title in enumerate(trainers):
        middle = "" if index == 0 else f" {title}"
        predictors.append(
            Predictor(title, f"{name}{middle} [trained model]", f"output{index + 1}", _appends(experiment, title))
        )
    return tuple(predictors)


def derive_predictive(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return the predictive experiment's document."""
    modules: dict[str, Any] = {}
    sources: dict[PortRef, PortRef] = {}
    entries: list[PortRef] = []
    outputs: list[dict[str, Any]] = []
    input_name = experiment.inputs[0].name if experiment.inputs else "input1"
    for predictor in find_predictors(experiment, name):
        modules[predictor.resource] = {
            "module": "Trained Model",
            "properties": {"Resource name": predictor.resource},
        }
        scorer = _scorer(experiment, predictor.trainer) or f"Score {predictor.trainer}"
        modules[scorer] = {
            "module": "Score Model",
            "properties": {"Append score columns to output": predictor.append},
        }
        sources[PortRef(scorer, TRAINED)] = PortRef(predictor.resource, TRAINED)
        last = PortRef(scorer, DATASET)
        for title in _row_wise_before(experiment, predictor.trainer):
            node = experiment.nodes[title]
            modules[title] = {"module": node.module.name, "properties": dict(node.properties)}
            sources[last] = PortRef(title, node.module.outputs[0].name)
            last = PortRef(title, node.module.inputs[0].name)
        entries.append(last)
        outputs.append({"name": predictor.output, "from": [scorer, SCORED]})
    return {
        "description": experiment.description,
        "modules": modules,
        "connections": [{"from": _port(source), "to": _port(target)} for target, source in sources.items()],
        "webServiceInputs": [{"name": input_name, "to": _port(entry)} for entry in dict.fromkeys(entries)],
        "webServiceOutputs": outputs,
    }


def _port(ref: PortRef) -> list[str]:
    return [ref.node, ref.port]


def _row_wise_before(experiment: Experiment, trainer: str) -> list[str]:
    """Return the row-wise modules before a Train Model, the nearest first."""
    found = []
    port = experiment.connections.get(PortRef(trainer, DATASET))
    while port is not None:
        module = experiment.nodes[port.node].module
        if module.row_wise:
            found.append(port.node)
        entry = next((item.name for item in module.inputs), "")
        port = experiment.connections.get(PortRef(port.node, entry))
    return found


def _scorer(experiment: Experiment, trainer: str) -> str | None:
    source = PortRef(trainer, TRAINED)
    found = [target.node for target, origin in experiment.connections.items() if origin == source]
    return next((title for title in found if experiment.nodes[title].module.name == "Score Model"), None)


def _appends(experiment: Experiment, trainer: str) -> bool:
    scorer = _scorer(experiment, trainer)
    given = experiment.nodes[scorer].properties if scorer else {}
    return str(given.get("Append score columns to output", True)).lower() == "true"
