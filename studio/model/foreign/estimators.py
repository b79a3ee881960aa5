"""Makes a trained model file of a fitted estimator of scikit-learn in skops format, which becomes a graph.

The estimator is read and exported, never asked to predict: its tables may be anyone's, and lead anywhere. What the
graph gives is compared with what the estimator predicted where it was fitted, if the request has that.
"""

from typing import Any

from studio.model.container import ModelFile
from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot
from studio.model.foreign.graph import refusal
from studio.model.foreign.importing import (
    compare_expected,
    facts,
    golden_rows,
    label_of,
    library_versions,
    lineage,
    run_graph,
)
from studio.model.foreign.request import ImportRequest
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS, Manifest
from studio.model.pipeline_check import parts_of
from studio.model.precision import graph_tolerance
from studio.model.row_encoder import RowEncoder
from studio.model.scikit.columns import BOOLEAN, DATE, INTEGER, NUMBER, TEXT, FrameColumn
from studio.model.scores import score_columns, score_width
from studio.model.steps import PlanColumn
from studio.tables.schema import ColumnType

LEARNER = "Imported estimator"
KINDS = {
    ColumnType.DOUBLE: NUMBER,
    ColumnType.INT32: INTEGER,
    ColumnType.INT64: INTEGER,
    ColumnType.BOOLEAN: BOOLEAN,
    ColumnType.DATETIME: DATE,
    ColumnType.STRING: TEXT,
}


def load_libraries() -> None:
    """Import what reading and exporting needs, before the process may open no more files.

    Libraries import some of it when it is used for the first time, so a small frame is transformed.
    """
    import pandas as pd
    import skops.io  # noqa: F401
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    import studio.model.export.frames  # noqa: F401

    frame = pd.DataFrame({"text": ["a", "b"], "number": [0.0, 1.0]})
    make_column_transformer((OneHotEncoder(), ["text"]), remainder=StandardScaler()).fit(frame).transform(frame)
    frame["text"].astype("category")


def load_estimator(content: bytes, request: ImportRequest) -> Any:
    """Return the estimator in a skops file; BadArgument if it holds what is no data, or reads files."""
    from studio.model.scikit.fitting import load_pipeline

    try:
        estimator = load_pipeline(content)
    except NotImplementedError as error:
        raise refusal(f"{error}, which is no data of scikit-learn or numpy") from error
    except Exception as error:
        here, there = library_versions()["scikit-learn"], (request.versions or {}).get("scikit-learn", "unknown")
        raise refusal(
            f"the skops file cannot be read ({type(error).__name__}). It was trained with scikit-learn {there}, and "
            f"this app has {here}: train it with that version"
        ) from error
    for part in parts_of(estimator):
        if getattr(part, "__dict__", {}).get("input", "content") != "content":
            raise refusal(f"the {type(part).__name__} reads files (input={part.input!r}); texts are accepted")
    return estimator


def import_estimator(
    estimator: Any, content: bytes, name: str, request: ImportRequest
) -> tuple[ModelFile, dict[str, Any]]:
    """Return the model file of a fitted estimator, and what was found out about it.

    Raises
    ------
    BadArgument
        If it is not fitted, is neither a classifier nor a regressor, has no graph, or does not predict what it should.
    """
    from studio.model.export.frames import export_frame_model

    task, classes = _task(estimator, request)
    label, labels = label_of(request.label, classes)
    encoder, columns = _encoder(request)
    model = _frame_model(estimator, columns, task, classes)
    width = score_width(task, labels)
    try:
        graph = export_frame_model(model, encoder, width)
    except NotImplementedError as error:
        raise refusal(
            f"it cannot become a graph: {error}. Publish the pipeline with its data instead (ws.publish), which the "
            "app then trains and runs as it is"
        ) from error
    matrix = RowEncoder(encoder).encode(request.rows)[0]
    scores = run_graph(graph, matrix)
    difference = compare_expected(request, scores, task, graph_tolerance(graph))
    manifest = Manifest(
        name=name,
        task=task,
        label=label,
        labels=labels,
        learner=LEARNER,
        properties={"estimator": type(estimator).__name__, "precision": "double"},
        inputs=encoder.sources,
        outputs=score_columns(task, label, labels),
        lineage=lineage(content, request),
    )
    file = ModelFile(manifest, encoder, golden_rows(request, scores), {"metrics": {}}, graph=graph)
    return file, facts(manifest, difference)


def _task(estimator: Any, request: ImportRequest) -> tuple[str, tuple[Any, ...]]:
    from sklearn.base import BaseEstimator, is_classifier, is_regressor

    if not isinstance(estimator, BaseEstimator) or not (is_classifier(estimator) or is_regressor(estimator)):
        raise refusal(
            f"it is a {type(estimator).__name__}; fitted classifiers and regressors of scikit-learn are accepted. "
            "Others can be trained here (ws.publish)"
        )
    if is_regressor(estimator):
        return REGRESSION, ()
    found = getattr(estimator, "classes_", None)
    if found is None or getattr(found, "ndim", 0) != 1 or len(found) < 2:
        raise refusal(f"the {type(estimator).__name__} is not fitted, or has no list of classes")
    classes = tuple(int(item) if isinstance(item, float) and item.is_integer() else item for item in found.tolist())
    if not all(isinstance(item, (int, str)) and not isinstance(item, bool) for item in classes):
        raise refusal("its classes are neither texts nor whole numbers")
    return (TWO_CLASS if len(classes) == 2 else MULTICLASS), classes


def _encoder(request: ImportRequest) -> tuple[Encoder, list[FrameColumn]]:
    """Return the encoder, numbers first, and the columns of the estimator's frame in their order."""
    given = request.categories or {}
    order = sorted(range(len(request.columns)), key=lambda at: request.columns[at].type is ColumnType.STRING)
    features = []
    for at in order:
        column = request.columns[at]
        texts = {str(row[at]) for row in request.rows if row[at] is not None} | set(given.get(column.name, ()))
        features.append(Feature(column.name, tuple(sorted(texts)) if column.type is ColumnType.STRING else None))
    encoder = Encoder(
        plans=tuple(PlanColumn(column, column) for column in request.columns),
        slots=tuple(Slot(at, feature) for at, feature in zip(order, features, strict=True)),
        stages=(),
        inputs=tuple(ModelInput(slot, feature) for slot, feature in enumerate(features)),
        shown=tuple(ShownColumn(column, at) for at, column in enumerate(request.columns)),
    )
    slots = {at: slot for slot, at in enumerate(order)}
    columns = [
        FrameColumn(column.name, slots[at], KINDS[column.type], features[slots[at]].categories)
        for at, column in enumerate(request.columns)
    ]
    return encoder, columns


def _frame_model(estimator: Any, columns: list[FrameColumn], task: str, classes: tuple[Any, ...]) -> Any:
    """Return the estimator behind the encoder's matrix, as if it had been fitted here."""
    from studio.model.scikit.frame import DECISIONS, PROBABILITIES, THRESHOLD, THRESHOLDS, FrameModel, last_step

    model = FrameModel(None, [column.to_json() for column in columns], task, list(classes))
    model.estimator_, model.spread_ = estimator, 1.0
    model.how_ = PROBABILITIES if hasattr(estimator, "predict_proba") else DECISIONS
    if model.how_ == PROBABILITIES and type(last_step(estimator)).__name__ in THRESHOLDS:
        model.how_ = THRESHOLD
    strict = any(getattr(part, "__dict__", {}).get("handle_unknown") == "error" for part in parts_of(estimator))
    model.refused_missing_ = []
    model.refused_unseen_ = [column.slot for column in columns if column.values is not None] if strict else []
    return model
