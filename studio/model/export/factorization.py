"""Matrix factorisation in the graph: look up biases and traits by code, multiply and add."""

from typing import Any

import numpy as np

from studio.model.export.inputs import LearnerInputs


def export_factorization(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the ratings of a MatrixFactorization; users and items not seen have zeros."""
    build = inputs.build
    sides = []
    for index, table in enumerate((estimator.users_, estimator.items_)):
        feature = inputs.encoder.categories[index]
        whole = np.zeros((feature.unseen_code + 1, table.shape[1]))
        whole[: len(table)] = table
        code = build.node("Gather", inputs.codes, build.constant(index, np.int64), axis=1)
        sides.append(build.node("Gather", build.constant(whole), code, axis=0))
    biases = [build.gather(side, [0]) for side in sides]
    traits = [build.gather(side, list(range(1, estimator.traits + 1))) for side in sides]
    product = build.row_sum(build.node("Mul", *traits))
    total = build.node("Add", build.node("Add", *biases), build.constant([[estimator.mean_]]))
    total = build.node("Add", total, product)
    low, high = build.constant([[estimator.low_]]), build.constant([[estimator.high_]])
    return build.node("Min", build.node("Max", total, low), high)
