"""The estimators of model/machines.py in the graph."""

import itertools
from typing import Any

import numpy as np

from studio.model.export.inputs import Exporter, LearnerInputs
from studio.model.export.linear import export_decision


def export_bayes_point(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the probability of a BayesPointMachine."""
    build = inputs.build
    scaled = build.node("Mul", export_decision(inputs, estimator), build.constant([[estimator.slope_]]))
    return build.node("Sigmoid", build.node("Add", scaled, build.constant([[estimator.offset_]])))


def export_local_deep(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the probability of a LocalDeepMachine, level by level of its tree."""
    build = inputs.build

    def products(weights: Any) -> str:
        constant, ones = build.constant(weights[:, :-1].T), build.constant(weights[np.newaxis, :, -1])
        return build.node("Gemm", inputs.dense, constant, ones)

    def bent(weights: Any) -> str:
        return build.node("Tanh", build.node("Mul", products(weights), build.constant([[estimator.sharpness]])))

    gates, linear, bend = bent(estimator.gates_), products(estimator.weights_), bent(estimator.inner_)
    half, one = build.constant([[0.5]]), build.constant([[1.0]])
    total, share = "", ""
    for level in range(estimator.depth + 1):
        places = list(range(2**level - 1, 2 ** (level + 1) - 1))
        if level:
            gate = build.gather(gates, list(range(2 ** (level - 1) - 1, 2**level - 1)))
            sides = [build.node("Mul", build.node(side, one, gate), half) for side in ("Add", "Sub")]
            share = build.join([build.node("Mul", share, part) if share else part for part in sides])
        term = build.node("Mul", build.gather(linear, places), build.gather(bend, places))
        part = build.row_sum(build.node("Mul", term, share) if share else term)
        total = build.node("Add", total, part) if total else part
    return build.node("Sigmoid", total)


def export_ordinal(inputs: LearnerInputs, estimator: Any, export_part: Exporter) -> str:
    """Add the probabilities of an OrdinalClassifier: differences of the probabilities to be later."""
    build = inputs.build
    later = [export_part(inputs, part) for part in estimator.estimators_]
    for step in range(1, len(later)):
        later[step] = build.node("Min", later[step - 1], later[step])
    first = build.node("Sub", build.constant([[1.0]]), later[0])
    between = [build.node("Sub", before, after) for before, after in itertools.pairwise(later)]
    return build.join([first, *between, later[-1]])
