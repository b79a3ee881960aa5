"""Ordinal Regression: build a learner of ordered classes from a two-class learner."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from studio.graph.contract import Call, Module, Port, PortType
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.trained import TrainingShape, UntrainedModel

PORT = "Untrained binary classification model"


def build(base: UntrainedModel, properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return a classifier with one two-class model for each step from a class to the next."""
    from studio.model.machines import OrdinalClassifier

    return OrdinalClassifier(base.build(properties, shape))


def run(call: Call) -> tuple[Any, ...]:
    """Return the learner of ordered classes."""
    base: UntrainedModel = call.inputs[PORT]
    if base.task != TWO_CLASS:
        raise call.error("0013", f"it needs a two-class learner, but {base.learner} is for {base.task}.")
    name = f"{call.module.name} of {base.learner}"
    return (replace(base, learner=name, task=MULTICLASS, build=partial(build, base), sparse=False),)


MODULES = (
    Module(
        name="Ordinal Regression",
        family="",
        inputs=(Port(PORT, PortType.UNTRAINED),),
        outputs=(Port("Untrained model", PortType.UNTRAINED),),
        run=run,
        library="studio.model.machines.OrdinalClassifier",
        notes=(
            "The label's values are ordered as numbers or, if they are text, by the alphabet. One two-class model is "
            "fitted for each step between values, as in the original; their probabilities are made to decrease.",
            "The model has the outputs of a multiclass model: a probability for each value, and the most probable "
            "value.",
        ),
    ),
)
