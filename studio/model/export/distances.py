"""Models that compare rows with stored vectors: clusters, principal components, support vectors."""

from typing import Any

from studio.model.export.inputs import LearnerInputs


def export_unit_rows(inputs: LearnerInputs, rows: str) -> str:
    """Add the division of each row by its length; rows of zeros are unchanged."""
    build = inputs.build
    length = build.node("Sqrt", build.row_sum(build.node("Mul", rows, rows)))
    zero, one = build.constant([[0.0]]), build.constant([[1.0]])
    return build.node("Div", rows, build.node("Where", build.node("Equal", length, zero), one, length))


def export_clusters(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the distances to the centres of an ExactKMeans, shape (n_rows, n_clusters), one centre after the other."""
    build = inputs.build
    rows = export_unit_rows(inputs, inputs.dense) if estimator.cosine else inputs.dense
    squares = []
    for centre in estimator.kmeans_.cluster_centers_:
        difference = build.node("Sub", rows, build.constant([centre]))
        squares.append(build.row_sum(build.node("Mul", difference, difference)))
    return build.node("Sqrt", build.join(squares))


def export_pca_anomaly(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the scores of a PcaAnomalyDetector."""
    build = inputs.build
    centred = build.node("Sub", inputs.dense, build.constant(estimator.mean_.reshape(1, -1)))
    projected = build.node("MatMul", centred, build.constant(estimator.components_.T))
    rest = build.node("Sub", centred, build.node("MatMul", projected, build.constant(estimator.components_)))
    error = build.row_sum(build.node("Mul", rest, rest))
    return build.node("Div", error, build.node("Add", error, build.constant([[estimator.threshold_]])))


def export_one_class(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the scores of a OneClassDetector: a sum of Gaussian kernels around the support vectors."""
    build, machine = inputs.build, estimator.machine_
    points = machine.support_vectors_
    build.note_training_rows()
    # Squared distances computed from squared lengths: the rounding error vanishes in the exponential.
    lengths = build.row_sum(build.node("Mul", inputs.dense, inputs.dense))
    products = build.node("MatMul", inputs.dense, build.constant(-2 * points.T))
    distances = build.node(
        "Add", build.node("Add", products, lengths), build.constant((points**2).sum(axis=1).reshape(1, -1))
    )
    kernels = build.node("Exp", build.node("Mul", distances, build.constant([[-machine._gamma]])))
    total = build.node("MatMul", kernels, build.constant(machine.dual_coef_.T))
    decision = build.node("Add", total, build.constant(machine.intercept_.reshape(1, 1)))
    return build.node("Sigmoid", build.node("Div", decision, build.constant([[-estimator.spread_]])))
