"""Scikit-learn Estimator: any estimator or pipeline of scikit-learn, described as data.

The document's parameters can be set one by one, under the names that scikit-learn gives them: `model__C`.
"""

import re
from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.learners import SEED
from studio.graph.properties import PropertyError
from studio.model.manifest import ANOMALY, CLASSES, CLUSTERING, MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.scikit.codec import EstimatorError, read_estimator
from studio.model.scikit.fitted import PROCESSES, EstimatorDocument
from studio.model.scikit.overrides import read_grid, with_parameters
from studio.model.scikit.tasks import task_of
from studio.model.session import USERS_LEARNER
from studio.model.trained import TrainingShape, UntrainedModel
from studio.settings import other_estimators

ESTIMATOR, TASK, GRID = "Estimator", "Task", "Parameter grid"
BY_ESTIMATOR = "By estimator"
TASKS = {
    "Classification": CLASSES,
    "Two-class classification": TWO_CLASS,
    "Multiclass classification": MULTICLASS,
    "Regression": REGRESSION,
    "Anomaly detection": ANOMALY,
    "Clustering": CLUSTERING,
}
PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,199}")


def run(call: Call) -> tuple[Any, ...]:
    """Return the untrained model; the estimator itself is made where it is fitted."""
    properties = call.properties
    document = read_estimator(properties[ESTIMATOR], other_estimators())
    try:
        grid = read_grid(properties[GRID]) if properties[GRID] else {}
        build(properties, TrainingShape(0, 0))
    except EstimatorError as error:
        raise PropertyError("0002", str(error)) from error
    task = TASKS.get(properties[TASK]) or task_of(document)
    if task is None:
        raise call.error(
            "0003",
            f"whether '{document['estimator'][:80]}' is a classifier or a regressor is not known. Set the property "
            f"'{TASK}' to one of {', '.join(TASKS)}.",
        )
    # It loads its libraries while other modules run.
    PROCESSES.prepare()
    return (
        UntrainedModel(
            learner=USERS_LEARNER,
            task=task,
            properties=dict(properties),
            build=build,
            grid=grid,
            elsewhere=True,
        ),
    )


def build(properties: Mapping[str, Any], shape: TrainingShape) -> EstimatorDocument:
    """Return the estimator's document with the parameters that are set one by one."""
    others = other_estimators()
    document = read_estimator(properties[ESTIMATOR], others)
    listed = {item.name for item in PROPERTIES}
    given = {name: value for name, value in properties.items() if name not in listed}
    changed = with_parameters(document, given, seed=properties.get(SEED.name))
    return EstimatorDocument(read_estimator(changed, others), others)


def parameter(name: str) -> Property | None:
    """Return the property that sets a parameter of the estimator, such as `model__C`."""
    return Property(name, Kind.TEXT, optional=True) if PARAMETER.fullmatch(name) else None


PROPERTIES = (
    Property(ESTIMATOR, Kind.ESTIMATOR),
    Property(TASK, Kind.CHOICE, BY_ESTIMATOR, choices=(BY_ESTIMATOR, *TASKS)),
    Property(GRID, Kind.TEXT, optional=True),
    SEED,
)
MODULES = (
    Module(
        name=USERS_LEARNER,
        family="0c1f7a52a1de4a3d8a5b7c0d6c5e91f4",
        inputs=(),
        outputs=(Port("Untrained model", PortType.UNTRAINED),),
        run=run,
        properties=PROPERTIES,
        effect=Effect.TABLE,
        library="any public estimator of scikit-learn",
        notes=(
            "Not in the original. [Estimators as data](../estimators.md) describes the JSON of `Estimator`, and what "
            "is refused or set by the app.",
            "Any parameter of the estimator is a property too, under scikit-learn's own name, such as `model__C`: a "
            "web service parameter can set it.",
            'Parameter grid is JSON for Tune Model Hyperparameters: `{"model__C": [0.1, 1, 10]}`.',
            "Random number seed sets every `random_state` that the document leaves open.",
            "The estimator is fitted in a process of its own, with limits of memory and time. A row that it refuses, "
            "such as one with a missing number or with an unknown category, gets no score.",
            "Without probabilities, `Scored Probabilities` is the logistic function of the decision (softmax for more "
            "than two classes), or 1 for the predicted class.",
        ),
        named=parameter,
    ),
)
