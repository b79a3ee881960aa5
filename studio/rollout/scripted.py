"""Predictive experiments whose scripts run when scoring: what their web service does.

Its modules are run for each request and each block of a job: scripts, and the scorers between them.
"""

from typing import Any

from studio.graph.document import Experiment, parse_experiment
from studio.graph.predictive import Predictor
from studio.graph.scripts import MODULE, pin_scripts
from studio.registry.definitions import (
    DATASET,
    PREDICTIVE,
    Definition,
    ServiceInput,
    ServiceModel,
    ServiceOutput,
    ServiceParameter,
)
from studio.rollout.definition_parts import read_columns
from studio.tables.schema import Column


def scripted_definition(
    document: dict[str, Any],
    predictors: tuple[Predictor, ...],
    summary: dict[str, Any],
    parameters: tuple[ServiceParameter, ...],
) -> Definition:
    """Return what the web service of a derived predictive experiment with scripts does.

    Parameters
    ----------
    document
        The predictive experiment; its scripts are pinned to what is deployed now.
    summary
        The results of the training experiment's finished run.
    """
    derived = parse_experiment(document)
    models = {item.resource: summary["models"][item.trainer] for item in predictors}
    outputs = zip(derived.outputs, predictors, strict=True)
    return Definition(
        kind=PREDICTIVE,
        experiment=pin_scripts(document),
        inputs=(ServiceInput(derived.inputs[0].name, _taken(derived, models, summary)),),
        outputs=tuple(
            ServiceOutput(
                output.name,
                DATASET,
                _made(derived, output.at.node, item, models, summary),
            )
            for output, item in outputs
        ),
        parameters=parameters,
        models=tuple(
            ServiceModel(name, read_columns(item["inputs"]), read_columns(item["outputs"]))
            for name, item in models.items()
        ),
    )


def _taken(derived: Experiment, models: dict[str, Any], summary: dict[str, Any]) -> tuple[Column, ...]:
    """Return the columns that callers send: those of the first script, or of the models."""
    first = derived.nodes[derived.inputs[0].at.node]
    if first.module.name == MODULE:
        return read_columns(summary["scripts"][first.title]["inputs"])
    return tuple({column.name: column for item in models.values() for column in read_columns(item["inputs"])}.values())


def _made(
    derived: Experiment, title: str, predictor: Predictor, models: dict[str, Any], summary: dict[str, Any]
) -> tuple[Column, ...]:
    if derived.nodes[title].module.name == MODULE:
        return read_columns(summary["scripts"][title]["outputs"])
    model = models[predictor.resource]
    shown = read_columns(model["columns"]) if predictor.append else ()
    return (*shown, *read_columns(model["outputs"]))
