"""One-vs-All and One-vs-One Multiclass: build a multiclass learner from a two-class learner."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from studio.graph.contract import Call, Module, Port, PortType
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.trained import TrainingShape, UntrainedModel

PORT = "Untrained binary classification model"


def build_one_vs_all(base: UntrainedModel, properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return a classifier with one two-class model per class, against the rest."""
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(base.build(properties, shape))


def build_one_vs_one(base: UntrainedModel, properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return a classifier with one two-class model per pair of classes."""
    from studio.model.estimators import PairwiseClassifier

    return PairwiseClassifier(base.build(properties, shape))


def run_one_vs_all(call: Call) -> tuple[Any, ...]:
    """Return the one-vs-all learner."""
    return (_combined(call, build_one_vs_all),)


def run_one_vs_one(call: Call) -> tuple[Any, ...]:
    """Return the one-vs-one learner."""
    return (_combined(call, build_one_vs_one),)


def _combined(call: Call, build: Any) -> UntrainedModel:
    base: UntrainedModel = call.inputs[PORT]
    if base.task != TWO_CLASS:
        raise call.error("0013", f"it needs a two-class learner, but {base.learner} is for {base.task}.")
    name = f"{call.module.name} of {base.learner}"
    return replace(base, learner=name, task=MULTICLASS, build=partial(build, base), sparse=False)


MODULES = (
    Module(
        name="One-vs-All Multiclass",
        family="7191efaeb4b14d03a6f87205f87be664",
        inputs=(Port(PORT, PortType.UNTRAINED),),
        outputs=(Port("Untrained model", PortType.UNTRAINED),),
        run=run_one_vs_all,
        library="OneVsRestClassifier",
        notes=("Class probabilities are normalized to add up to 1.",),
    ),
    Module(
        name="One-vs-One Multiclass",
        family="0fe9823826734569808ed96852c16e71",
        inputs=(Port(PORT, PortType.UNTRAINED),),
        outputs=(Port("Untrained model", PortType.UNTRAINED),),
        run=run_one_vs_one,
        library="studio.model.estimators.PairwiseClassifier",
        notes=("A class's probability is its mean over the pairs it is in; scikit-learn's OneVsOneClassifier votes.",),
    ),
)
