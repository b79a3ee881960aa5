"""Fits a learner: chooses features, learns categories, encodes, fits, and picks golden rows."""

import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.graph.contract import Call
from studio.graph.counted_texts import CountedColumn, count_texts, fill_counts, without_vectorizers
from studio.graph.dataset import Dataset, DatasetColumn, Role, distinct_cells, frame_cells
from studio.graph.journal import heard_by
from studio.graph.opened_secrets import without_secrets
from studio.graph.watching import watched
from studio.model.baseline import Baseline
from studio.model.baseline_making import MAX_ROWS as BASELINE_ROWS
from studio.model.baseline_making import describe_columns
from studio.model.computed import Provenance, make_encoder
from studio.model.container import GoldenRow
from studio.model.encoder import Encoder, Feature
from studio.model.manifest import CLASSES, CLUSTERING, MULTICLASS, QUANTILES, REGRESSION, TWO_CLASS
from studio.model.operations import Matrix
from studio.model.pipeline import build_pipeline
from studio.model.profile import sample_places
from studio.model.scikit.codec import EstimatorError
from studio.model.scikit.columns import BOOLEAN, CATEGORY, COUNTED, DATE, INTEGER, NUMBER, TEXT, FrameColumn
from studio.model.scikit.fitted import EstimatorDocument, fit_elsewhere
from studio.model.steps import PlanColumn, category_key
from studio.model.trained import TrainedModel, TrainingShape, UntrainedModel
from studio.tables.leaks import gives_away
from studio.tables.schema import READERS, Column, ColumnType, write_cell

# Only this many categories, the most frequent ones, are learned; rarer ones are scored as unseen.
MAX_CATEGORIES = 255
GOLDEN_ROWS, LEAK_ROWS = 8, 500
# Estimators of users see more of them, as in the notebook.
MAX_TEXTS = 10_000
SUPERVISED = (CLASSES, TWO_CLASS, MULTICLASS, REGRESSION, QUANTILES)
NO_LABEL = Column("", ColumnType.STRING)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What estimators are fitted to: the encoder, its matrix, the learner's inputs, and the target (None if none)."""

    dataset: Dataset
    encoder: Encoder
    encoded: Matrix
    inputs: Matrix
    label: Column
    labels: tuple[str, ...]
    target: Any
    counted: tuple[CountedColumn, ...] = ()

    @property
    def classes(self) -> int:
        """The number of classes; 0 if the target is not a class."""
        return len(self.labels) if self.target is not None and self.target.dtype.kind == "i" else 0

    @property
    def shape(self) -> TrainingShape:
        """The number of rows, columns after one-hot encoding, and rows of the rarest class."""
        columns = len(self.encoder.numbers) + sum(len(item.known_codes) for item in self.encoder.categories)
        smallest = int(np.bincount(self.target).min()) if self.classes else 0
        return TrainingShape(len(self.inputs), columns, smallest)

    def lacks_classes(self, chosen: Any) -> bool:
        """Return whether some class does not occur in the rows at these positions."""
        return len(np.unique(self.target[chosen])) < self.classes

    def rows(self, chosen: Any) -> "TrainingData":
        """Return the rows at these positions."""
        target = None if self.target is None else self.target[chosen]
        return replace(
            self,
            dataset=self.dataset.with_rows(chosen),
            encoded=self.encoded[chosen],
            inputs=self.inputs[chosen],
            target=target,
        )


def train(
    call: Call,
    untrained: UntrainedModel,
    dataset: Dataset,
    label: str | None,
    *,
    draw: bool = True,
    trial: bool = False,
) -> TrainedModel:
    """Fit the learner to the rows that have a label.

    Parameters
    ----------
    label
        The name of the label column; None for learners that need none.
    draw
        Whether the run's journal shows how the learner gets on.
    trial
        Whether the model is only measured, and needs no description of its rows.

    Raises
    ------
    ModuleExecutionError
        If the label or the features are not suitable for the learner.
    """
    untrained = for_label(untrained, dataset, label)
    return fit_model(call, untrained, prepare(call, untrained, dataset, label), draw=draw, trial=trial)


def for_label(untrained: UntrainedModel, dataset: Dataset, label: str | None) -> UntrainedModel:
    """Return the learner with its task: whether a classifier has two classes or more is known with the label."""
    if untrained.task != CLASSES or label is None:
        return untrained
    _, values = distinct_cells(dataset.frame[label], dataset.column(label).type)
    return replace(untrained, task=TWO_CLASS if len(values) == 2 else MULTICLASS)


def prepare(call: Call, untrained: UntrainedModel, dataset: Dataset, label: str | None) -> TrainingData:
    """Return the learner's training data; ModuleExecutionError if the label or features are not suitable for it."""
    labels: tuple[str, ...] = untrained.labels
    column, target = NO_LABEL, None
    if label is not None:
        column = dataset.column(label).as_sent
        known = np.flatnonzero(dataset.frame[label].notna().to_numpy())
        if not len(known):
            raise call.error("0134", f"the label column '{label}' is empty.")
        dataset = dataset.with_rows(known)
        learned, target = _target(call, untrained, dataset, dataset.column(label))
        labels = learned or labels
        _warn_of_leaks(call, dataset, label, classes=untrained.task in (CLASSES, TWO_CLASS, MULTICLASS))
    if not len(dataset.frame):
        raise call.error("0021", "the dataset has no rows.")
    counted = count_texts(call, untrained, dataset, feature_columns(dataset, label))
    encoder = fit_encoder(call, dataset, label, MAX_TEXTS if untrained.elsewhere else MAX_CATEGORIES, counted)
    inputs = learner_matrix(call, encoder, dataset)
    encoded = encoded_matrix(encoder, dataset, inputs)
    if encoded is None:
        raise call.error("1000", "the source columns of the dataset's computed columns are missing.")
    return TrainingData(dataset, encoder, encoded, inputs, column, labels, target, counted)


def _warn_of_leaks(call: Call, dataset: Dataset, label: str, *, classes: bool) -> None:
    """Name the features that give the label away; a run's first rows rule out nearly all others."""
    if call.journal is None:
        return
    truth = dataset.frame[label]
    truth = truth.astype(str) if classes else truth
    for column in dataset.columns:
        if column.role is not Role.FEATURE or column.name == label:
            continue
        values = dataset.frame[column.name]
        if gives_away(values[:LEAK_ROWS], truth[:LEAK_ROWS]) and (why := gives_away(values, truth)):
            call.warn(f"the column '{column.name}' {why}. If it is not known when rows are scored, leave it out.")


def fit_model(
    call: Call, untrained: UntrainedModel, data: TrainingData, *, draw: bool = True, trial: bool = False
) -> TrainedModel:
    """Fit the learner to prepared data, as `train` does; the library's warnings are warnings of the call's module."""
    model = _fit(call, untrained, data, draw=draw)
    return model if trial else replace(model, baseline=_baseline(model.encoder, data.dataset).to_json())


def _fit(call: Call, untrained: UntrainedModel, data: TrainingData, *, draw: bool) -> TrainedModel:
    estimator = untrained.build(untrained.properties, data.shape)
    if isinstance(estimator, EstimatorDocument):
        return _fit_elsewhere(call, untrained, estimator, data)
    pipeline = build_pipeline(data.encoder, estimator, untrained.scaling, sparse=untrained.sparse)
    shown = watched(call, pipeline, data.inputs, data.target) if draw else nullcontext()
    with heard_by(lambda text: call.warn(without_secrets(call, text))), shown:
        pipeline.fit(data.inputs, data.target)
    return _trained(untrained, data, pipeline, data.labels)


def _fit_elsewhere(
    call: Call, untrained: UntrainedModel, estimator: EstimatorDocument, data: TrainingData
) -> TrainedModel:
    """Fit a user's estimator to the data frame that the learner's inputs stand for."""
    slots = {feature.name: slot for slot, feature in enumerate(data.encoder.features)}
    read = {item.reading.column for item in data.counted}
    columns = [
        FrameColumn(column.name, -1, COUNTED) if column.name in read else frame_column(column, slots[column.name], data)
        for column in data.dataset.columns
        if column.name in slots or column.name in read
    ]
    cut = [column.slot for column in columns if len(column.values or ()) >= MAX_TEXTS]
    classes = [READERS[data.label.type](text) for text in data.labels] if data.classes else []
    try:
        model = fit_elsewhere(
            without_vectorizers(estimator, [column.name for column in columns], data.counted, slots),
            columns=columns,
            cut=cut,
            task=untrained.task,
            classes=classes,
            inputs=data.inputs,
            target=data.target,
        )
    except EstimatorError as error:
        raise call.error("1000", str(error)) from error
    labels = tuple(map(str, range(model.width))) if untrained.task == CLUSTERING else data.labels
    return _trained(untrained, data, model, labels)


def frame_column(column: DatasetColumn, slot: int, data: TrainingData) -> FrameColumn:
    """Return how a column stands in the data frame of a user's estimator: with its type and its categories."""
    categories = data.encoder.features[slot].categories
    if categories is None:
        whole = not np.isnan(data.inputs[:, slot]).any()
        kinds = {ColumnType.BOOLEAN: BOOLEAN, ColumnType.INT32: INTEGER, ColumnType.INT64: INTEGER}
        kind = DATE if column.type is ColumnType.DATETIME else kinds.get(column.type, NUMBER) if whole else NUMBER
        return FrameColumn(column.name, slot, kind)
    read = READERS[ColumnType.STRING if column.type is ColumnType.DATETIME else column.type]
    return FrameColumn(column.name, slot, CATEGORY if column.categorical else TEXT, tuple(map(read, categories)))


def _trained(untrained: UntrainedModel, data: TrainingData, pipeline: Any, labels: tuple[str, ...]) -> TrainedModel:
    model = TrainedModel(
        untrained=untrained,
        encoder=data.encoder,
        pipeline=pipeline,
        label=data.label,
        labels=labels,
        matrix=data.encoded,
        target=data.target,
        golden=(),
        id=uuid.uuid4().hex,
    )
    return replace(model, golden=_golden_rows(model, data))


def feature_columns(dataset: Dataset, label: str | None) -> list[DatasetColumn]:
    """Return the columns that a learner takes. A column without any values is not a feature."""
    features = [column for column in dataset.columns if column.role is Role.FEATURE and column.name != label]
    return [column for column in features if dataset.frame[column.name].notna().any()]


def fit_encoder(
    call: Call,
    dataset: Dataset,
    label: str | None,
    most: int = MAX_CATEGORIES,
    counted: Sequence[CountedColumn] = (),
) -> Encoder:
    """Choose the feature columns and learn the categories of those that are categorical; `counted` texts have none."""
    read = {item.reading.column for item in counted}
    columns = feature_columns(dataset, label)
    if not columns:
        raise call.error("0035", "the dataset has no feature columns with a value.")
    columns = [column for column in columns if column.name not in read]
    numbers: list[tuple[Provenance, Feature]] = [
        (column.plan, Feature(column.name)) for column in columns if not column.is_category
    ]
    numbers += [(plan, Feature(plan.column.name)) for item in counted for plan in item.plans]
    categories = [(column.plan, learn_categories(dataset, column, most)) for column in columns if column.is_category]
    shown = [column for column in dataset.columns if column.name != label and column.role is not Role.LABEL]
    return make_encoder([column.plan for column in shown], [*numbers, *categories])


def learn_categories(dataset: Dataset, column: DatasetColumn, most: int = MAX_CATEGORIES) -> Feature:
    """Return a column's most frequent categories as a feature."""
    codes, cells = distinct_cells(dataset.frame[column.name], column.type)
    # Missing cells are counted first, at place 0.
    rows = np.bincount(codes + 1, minlength=len(cells) + 1).tolist()
    counts: Counter[str] = Counter()
    for cell, count in zip(cells, rows[1:], strict=True):
        counts[str(category_key(cell))] += count
    frequent = sorted(counts, key=lambda key: (-counts[key], key))[:most]
    return Feature(column.name, tuple(sorted(frequent)), rows[0] > 0)


def learner_matrix(call: Call, encoder: Encoder, dataset: Dataset) -> Matrix:
    """Return the learner's inputs for a dataset whose columns went through the same modules as in training."""
    columns = {column.name: column for column in dataset.columns}
    matrix = np.empty((len(dataset.frame), len(encoder.features)), dtype=np.float64)
    counted = fill_counts(encoder, dataset, matrix)
    lacking = [feature.name for slot, feature in enumerate(encoder.features) if slot not in counted]
    lacking = [name for name in lacking if name not in columns]
    if lacking:
        raise call.error("0001", f"the column '{lacking[0]}', which the model was trained on, is missing.")
    for slot, feature in enumerate(encoder.features):
        if slot in counted:
            continue
        column = columns[feature.name]
        if feature.categories is None and not column.type.is_numeric:
            raise call.error("0017", f"the column '{feature.name}' must be numeric, as in training, got text.")
        matrix[:, slot] = feature_values(feature, dataset.frame[feature.name], column.type)
    return matrix


def encoded_matrix(encoder: Encoder, dataset: Dataset, inputs: Matrix) -> Matrix | None:
    """Return the encoded matrix of a dataset, or None if it lacks source columns of computed columns."""
    if encoder.is_plain:
        return inputs
    matrix = np.empty((len(dataset.frame), encoder.width), dtype=np.float64)
    for index, slot in enumerate(encoder.slots):
        plan: PlanColumn = encoder.plans[slot.plan]
        values = dataset.base_values(plan)
        if values is None:
            return None
        matrix[:, index] = feature_values(slot.feature, values, plan.column.type)
    start = len(encoder.slots)
    for item in encoder.texts:
        plan = encoder.plans[item.plan]
        values = dataset.base_values(plan)
        if values is None:
            return None
        end = start + item.operation.width(1)
        matrix[:, start:end] = item.operation.vectors(frame_cells(values, plan.column.type))
        start = end
    return matrix


def feature_values(feature: Feature, values: Any, type_: ColumnType) -> Matrix:
    """Return a frame's array as a matrix column: its numbers, or the codes of its categories."""
    if feature.categories is None:
        return np.asarray(values, dtype=np.float64)
    places: dict[str | None, int] = {category: code for code, category in enumerate(feature.categories)}
    codes, cells = distinct_cells(values, type_)
    known = [places.get(category_key(cell), feature.unseen_code) for cell in cells]
    found: Matrix = np.array([*known, feature.missing_code], dtype=np.float64)[codes]
    return found


def _target(
    call: Call, untrained: UntrainedModel, dataset: Dataset, label: DatasetColumn
) -> tuple[tuple[str, ...], Any]:
    if untrained.task not in (TWO_CLASS, MULTICLASS):
        if not label.type.is_numeric or label.type is ColumnType.DATETIME:
            raise call.error(
                "0023",
                f"{untrained.learner} needs a numeric label, but '{label.name}' is {label.type.value}.",
            )
        return (), dataset.frame[label.name].to_numpy(dtype=np.float64)
    found, cells = distinct_cells(dataset.frame[label.name], label.type)
    classes = sorted(cells, key=lambda cell: (str(type(cell)), cell))
    few = len(classes) != 2 if untrained.task == TWO_CLASS else len(classes) < 2
    if few or len(classes) > MAX_CATEGORIES:
        seen = ", ".join(write_cell(cell) for cell in classes[:5])
        wanted = "two values" if untrained.task == TWO_CLASS else f"2 to {MAX_CATEGORIES} values"
        raise call.error(
            "0083",
            f"{untrained.learner} needs a label with {wanted}, but '{label.name}' has {len(classes)} ({seen}"
            f"{', …' if len(classes) > 5 else ''}).",
        )
    codes = np.array([classes.index(cell) for cell in cells], dtype=int)
    return tuple(write_cell(cell) for cell in classes), codes[found]


def _golden_rows(model: TrainedModel, data: TrainingData) -> tuple[GoldenRow, ...]:
    """Return the first rows that occur in the source; synthetic rows do not."""
    source, index = data.dataset.source, data.dataset.frame.index
    places = [place for place in range(min(len(index), 50 * GOLDEN_ROWS)) if index[place] in source.index]
    # Rows that a user's estimator refuses have no scores to compare with.
    scored: Any = np.isfinite(model.score_inputs(data.inputs[places])).all(axis=1) if places else []
    places = [place for place, known in zip(places, scored, strict=True) if known][:GOLDEN_ROWS]
    raw = source.loc[index[places]]
    columns = source_columns(raw, model.encoder.sources)
    rows = zip(*[frame_cells(raw[column.name], column.type) for column in columns], strict=True)
    scores = model.score(model.matrix[places])
    return tuple(
        GoldenRow(tuple(cells), tuple(float(value) for value in row)) for cells, row in zip(rows, scores, strict=True)
    )


def _baseline(encoder: Encoder, dataset: Dataset) -> Baseline:
    """Describe the raw rows; synthetic ones have none, nor have columns that modules have replaced."""
    import pyarrow as pa

    source, index = dataset.source, dataset.frame.index
    index = index[index.isin(source.index)]
    raw = source.loc[index[sample_places(len(index), BASELINE_ROWS)]] if source.index.is_unique else source.iloc[:0]
    found = ((column, raw[column.name].to_numpy()) for column in encoder.sources if column.name in raw)
    return describe_columns(
        encoder,
        (
            (column, pa.array(values, None if values.dtype.kind == "f" else pa.string(), from_pandas=True))
            for column, values in found
        ),
    )


def source_columns(raw: Any, sources: Sequence[Column]) -> tuple[Column, ...]:
    """Return a model's source columns with the types they have in a frame of raw rows.

    A source may be text in the frame and numeric in the plan if it contained tokens for missing values.
    """
    return tuple(
        Column(column.name, column.type if raw[column.name].dtype.kind == "f" else ColumnType.STRING)
        for column in sources
    )
