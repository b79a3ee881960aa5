"""The graph of a user's pipeline: from the encoder's matrix to the scores, NaN for rows that the estimator refuses."""

from typing import Any

import numpy as np

from studio.model.encoder import Encoder
from studio.model.export.inputs import LearnerInputs
from studio.model.export.nodes import GraphBuilder
from studio.model.export.predictors import chosen, decisions, numbers, probabilities
from studio.model.export.tables import CodeColumn, NumberColumn, OtherColumn, Table, TextColumn, as_codes
from studio.model.export.transformers import transform, transform_distances
from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, TWO_CLASS
from studio.model.scikit.columns import COUNTED, DATE, UNSEEN
from studio.model.scikit.frame import DECISIONS, LABELS, THRESHOLD, FrameModel, last_step, threshold_of


def export_frame_model(model: FrameModel, encoder: Encoder, n_scores: int) -> bytes:
    """Return the ONNX graph of a fitted FrameModel, with the encoder's computed columns after the scores.

    Raises
    ------
    NotImplementedError
        If some part of the estimator has no exporter.
    """
    build = GraphBuilder()
    inputs = LearnerInputs(build, encoder, None)
    try:
        table = _table(build, inputs.matrix, model, len(encoder.inputs))
        scores = _mask(build, inputs.matrix, model, _scores(table, model), len(encoder.inputs))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        # A fitted attribute that is not as this version of scikit-learn usually has it.
        raise NotImplementedError(f"the exporter failed ({type(error).__name__}: {str(error)[:80]})") from error
    computed = list(encoder.computed)
    if computed:
        scores = build.join([scores, build.gather(inputs.expanded, computed)])
    return build.to_bytes(scores, encoder.width, n_scores + len(computed))


def _table(build: GraphBuilder, matrix: str, model: FrameModel, width: int) -> Table:
    columns: list[Any] = []
    for column in model.frame_columns:
        if column.values is not None:
            columns.append(CodeColumn(as_codes(build, matrix, column.slot), (*column.values, float("nan"), UNSEEN)))
        elif column.kind == COUNTED:
            columns.append(TextColumn(matrix))
        elif column.kind == DATE:
            columns.append(OtherColumn(DATE))
        else:
            columns.append(NumberColumn(matrix, column.slot, width))
    return Table(build, columns)


def _scores(table: Table, model: FrameModel) -> str:
    build, estimator = table.build, model.estimator_
    if model.task in (TWO_CLASS, MULTICLASS):
        found = _shares(table, model)
        return build.gather(found, [1]) if model.task == TWO_CLASS else found
    if model.task == ANOMALY:
        scaled = build.node("Div", decisions(table, estimator), build.constant([[-model.spread_]]))
        return build.node("Sigmoid", scaled)
    if model.task == CLUSTERING:
        return _distances(table, estimator)
    return numbers(table, estimator)


def _shares(table: Table, model: FrameModel) -> str:
    build, estimator = table.build, model.estimator_
    if model.how_ == LABELS:
        return chosen(table, estimator)
    if model.how_ == DECISIONS:
        found = decisions(table, estimator)
        if len(model.classes) > 2:
            return build.node("Softmax", found, axis=1)
        positive = build.node("Sigmoid", found)
        return build.join([build.node("Sub", build.constant([[1.0]]), positive), positive])
    found = probabilities(table, estimator)
    if model.how_ != THRESHOLD:
        return found
    return _shifted(build, build.gather(found, [1]), float(threshold_of(last_step(estimator)) or 0.5))


def _shifted(build: GraphBuilder, positive: str, threshold: float) -> str:
    """Add what frame.shift_threshold computes."""
    half, limit = build.constant([[0.5]]), build.constant([[threshold]])
    below = build.node("Div", positive, build.constant([[2 * threshold]]))
    way = build.node("Div", build.node("Sub", positive, limit), build.constant([[2 * (1 - threshold)]]))
    above = build.node("Max", build.node("Add", half, way), build.constant([[0.5 + 1e-9]]))
    moved = build.node("Where", build.node("GreaterOrEqual", positive, limit), above, below)
    return build.join([build.node("Sub", build.constant([[1.0]]), moved), moved])


def _distances(table: Table, estimator: Any) -> str:
    if hasattr(estimator, "steps"):
        for _, step in estimator.steps[:-1]:
            table = transform(table, step)
        estimator = estimator.steps[-1][1]
    if hasattr(estimator, "predict_proba"):
        return table.build.node("Sub", table.build.constant([[1.0]]), probabilities(table, estimator))
    if not hasattr(estimator, "cluster_centers_"):
        raise NotImplementedError(f"{type(estimator).__name__} has no exporter")
    return transform_distances(table, estimator).dense


def _mask(build: GraphBuilder, matrix: str, model: FrameModel, scores: str, width: int) -> str:
    """Give rows that the estimator refuses NaN."""
    by_slot = {column.slot: column for column in model.frame_columns}
    numbers_ = [slot for slot in model.refused_missing_ if by_slot[slot].values is None]
    flags = []
    if numbers_:
        taken = matrix if numbers_ == list(range(width)) else build.gather(matrix, numbers_)
        flags.append(build.node("ReduceMax", build.number(build.node("IsNaN", taken)), build.constant([1], np.int64)))
    codes: list[tuple[int, float]] = []
    for slots, past in ((model.refused_missing_, 0), (model.refused_unseen_, 1)):
        codes += [(slot, len(by_slot[slot].values or ()) + past) for slot in slots if by_slot[slot].values is not None]
    if codes:
        taken = build.gather(matrix, [slot for slot, _ in codes])
        same = build.number(build.node("Equal", taken, build.constant([[float(code) for _, code in codes]])))
        flags.append(build.node("ReduceMax", same, build.constant([1], np.int64)))
    if not flags:
        return scores
    worst = flags[0] if len(flags) == 1 else build.node("Max", *flags)
    refused = build.node("Greater", worst, build.constant([[0.5]]))
    return build.node("Where", refused, build.constant([[np.nan]]), scores)
