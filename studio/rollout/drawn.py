"""Predictive experiments drawn by hand, with Trained Model modules: what their web service does.

If each output is a scorer's, which takes the rows of the web service input as they come, requests are scored by the
models alone, as those of a derived predictive experiment are. Otherwise the experiment's modules are run.
"""

from typing import Any

from studio.errors import BadArgument
from studio.graph.document import Experiment, PortRef, ServicePort
from studio.graph.exports import modules_after_scoring
from studio.graph.predictive import APPEND, SAVED, TRAINED, appends, saved_models, trained_ports
from studio.graph.predictive import DATASET as ROWS
from studio.graph.scripts import pin_scripts
from studio.registry.definitions import (
    DATASET,
    PREDICTIVE,
    Definition,
    ServiceInput,
    ServiceModel,
    ServiceOutput,
)
from studio.rollout.definition_parts import read_columns, service_inputs, service_parameters


def is_drawn(experiment: Experiment) -> bool:
    """Return whether an experiment scores with saved trained models and trains none."""
    return bool(saved_models(experiment)) and not trained_ports(experiment)


def drawn_definition(experiment: Experiment, summary: dict[str, Any]) -> tuple[Definition, dict[str, dict[str, Any]]]:
    """Return what the web service of an experiment drawn by hand does, and what the run knows of each trained model.

    Parameters
    ----------
    summary
        The results of the finished run, whose models the service takes.

    Raises
    ------
    BadArgument
        If the experiment has no web service output, one that is a trained model, or a web service parameter that
        names one.
    """
    _check_outputs(experiment)
    _check_parameters(experiment)
    models = {item["name"]: item for item in summary["saved"].values()}
    outputs = [_scored_output(experiment, item, summary) for item in experiment.outputs]
    scored = tuple(output for output in outputs if output is not None)
    parameters = service_parameters(experiment.parameters)
    written = modules_after_scoring(experiment)
    if len(scored) == len(outputs) and not any(item.at.node in written for item in experiment.inputs):
        taken = {column.name: column for item in models.values() for column in read_columns(item["inputs"])}
        inputs = (ServiceInput(experiment.inputs[0].name, tuple(taken.values())),)
        return Definition(PREDICTIVE, dict(experiment.document), inputs, scored, parameters), models
    definition = Definition(
        kind=PREDICTIVE,
        experiment=pin_scripts(experiment.document),
        inputs=service_inputs(experiment, summary),
        outputs=tuple(
            ServiceOutput(item.name, DATASET, read_columns(summary["outputs"][item.name]["columns"]))
            for item in experiment.outputs
        ),
        parameters=parameters,
        models=tuple(
            ServiceModel(name, read_columns(item["inputs"]), read_columns(item["outputs"]))
            for name, item in models.items()
        ),
    )
    return definition, models


def _check_outputs(experiment: Experiment) -> None:
    if not experiment.outputs:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "The experiment has no webServiceOutputs, so a web service would return nothing. Add one, for example at "
            "the 'Scored dataset' port of Score Model or the 'Evaluation results' port of Evaluate Model.",
            "webServiceOutputs",
        )
    for item in experiment.outputs:
        if experiment.nodes[item.at.node].module.name == SAVED:
            raise BadArgument(
                "ModelConfigurationInvalid",
                f"The web service output '{item.name}' is a saved trained model. A predictive web service returns "
                "datasets: put the output at a module that the model is connected to.",
                item.name,
            )


def _check_parameters(experiment: Experiment) -> None:
    for item in experiment.parameters:
        if experiment.nodes[item.node].module.name == SAVED:
            raise BadArgument(
                "ModelConfigurationInvalid",
                f"The web service parameter '{item.name}' sets the '{item.property}' of '{item.node}', but a web "
                "service keeps its trained models. Remove the parameter; UpdateResource replaces a model.",
                item.name,
            )


def _scored_output(experiment: Experiment, item: ServicePort, summary: dict[str, Any]) -> ServiceOutput | None:
    """Return an output that the models alone can compute, or None if modules have to run for it."""
    scorer = experiment.nodes[item.at.node]
    if scorer.module.name not in APPEND:
        return None
    rows, model = PortRef(scorer.title, ROWS), experiment.connections.get(PortRef(scorer.title, TRAINED))
    names = {port.name for port in experiment.inputs}
    if len(names) != 1 or rows not in {port.at for port in experiment.inputs} or model is None:
        return None
    saved = summary["saved"][model.node]
    append, parameter = appends(experiment, scorer.title)
    columns = (*(read_columns(saved["columns"]) if append else ()), *read_columns(saved["outputs"]))
    return ServiceOutput(item.name, DATASET, columns, saved["name"], append, parameter)
