"""Extract N-Gram Features from Text: a column for each frequent sequence of words."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_label
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.modules.filter_based_feature_selection import MEASURES, as_numbers
from studio.graph.transformations import check_size, free_name, pick_texts, text_columns
from studio.model.texts import (
    BINARY,
    MAX_COLUMNS,
    MAX_GRAM_WITH_SKIP,
    MAX_SKIP,
    WEIGHTS,
    VocabularyText,
    inverse_frequency,
)
from studio.model.tokens import MAX_GRAM
from studio.tables.schema import Column, ColumnType

COLUMN, MODE, SIZE, SKIP = "Text column", "Vocabulary mode", "N-Grams size", "K-Skip size"
CREATE, READ_ONLY, UPDATE, MERGE = "Create", "ReadOnly", "Update", "Merge"
WEIGHT, SHORTEST, LONGEST = "Weighting function", "Minimum word length", "Maximum word length"
LEAST, MOST = "Minimum n-gram document absolute frequency", "Maximum n-gram document ratio"
NORMALIZE, FILTER = "Normalize n-gram feature vectors", "Use filter-based feature selection"
METHOD, TARGET, WANTED = "Feature scoring method", "Target column", "Number of desired features"
COUNT_BASED, NON_ZERO = "CountBased", "Minimum number of non-zero elements"
VOCABULARY = "Input vocabulary"


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """How many texts each n-gram is in, and the logarithm of its rarity."""

    frequencies: dict[str, int]
    inverse: dict[str, float]


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset with a column for each n-gram of the vocabulary, and the vocabulary."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_texts(call, dataset, call.properties[COLUMN])
    if len(names) > 1:
        raise call.error("0022", f"one text column must be selected, got {len(names)}: {', '.join(names[:5])}.")
    (name,) = names
    operation = _operation(call)
    mode = call.properties[MODE]
    given = None if mode == CREATE else _given(call)
    found = given if mode == READ_ONLY and given is not None else _counted(call, dataset, name, operation, given)
    if not found.frequencies:
        raise call.error("0080", f"no n-gram of '{name}' is frequent enough. Lower '{LEAST}'.")
    operation = _with(operation, found)
    if mode != READ_ONLY and call.properties[FILTER]:
        operation = _with(operation, _selected(call, dataset, name, operation, found))
    made, values = _columns(call, dataset, name, operation)
    return dataset.with_columns([*dataset.columns, *made], values), _table(operation, found)


def _operation(call: Call) -> VocabularyText:
    """Return the operation with an empty vocabulary; ModuleExecutionError 0007 if n-grams are too long."""
    size, skip = call.properties[SIZE], call.properties[SKIP]
    if skip and size > MAX_GRAM_WITH_SKIP:
        raise call.error("0007", f"{SIZE} must be {MAX_GRAM_WITH_SKIP} or less if {SKIP} is not 0, got {size}.")
    if call.properties[SHORTEST] > call.properties[LONGEST]:
        raise call.error("0005", f"{LONGEST} must not be below {SHORTEST}.")
    return VocabularyText(
        grams=(),
        inverse=(),
        size=size,
        skip=skip,
        weight=call.properties[WEIGHT],
        shortest=call.properties[SHORTEST],
        longest=call.properties[LONGEST],
        normalize=call.properties[NORMALIZE],
    )


def _with(operation: VocabularyText, vocabulary: _Vocabulary) -> VocabularyText:
    grams = tuple(vocabulary.frequencies)
    return replace(operation, grams=grams, inverse=tuple(vocabulary.inverse[gram] for gram in grams))


def _columns(call: Call, dataset: Dataset, name: str, operation: VocabularyText) -> tuple[list[Any], dict[str, Any]]:
    taken = set(dataset.names)
    whole = operation.weight == BINARY and not operation.normalize
    type_ = ColumnType.INT32 if whole else ColumnType.DOUBLE
    outputs = []
    for gram in operation.grams:
        outputs.append(Column(free_name(f"{name}.[{gram}]", taken), type_))
        taken.add(outputs[-1].name)
    return text_columns(call, dataset, operation, name, outputs)


def _given(call: Call) -> _Vocabulary:
    """Return the vocabulary at the input port; ModuleExecutionError if it has not the columns of one."""
    table: Dataset | None = call.inputs.get(VOCABULARY)
    if table is None:
        raise call.error("0003", f"'{call.properties[MODE]}' needs a vocabulary at the port '{VOCABULARY}'.")
    for column in ("NGram", "DF", "IDF"):
        if column not in table:
            raise call.error("0001", f"the vocabulary has no column '{column}'. It has ID, NGram, DF and IDF.")
        if (column == "NGram") != (table.column(column).type is ColumnType.STRING):
            raise call.error("0017", "NGram must be text, DF and IDF numbers.")
    rows = list(zip(table.cells("NGram"), table.frame["DF"], table.frame["IDF"], strict=True))
    known = [(str(gram), float(df), float(idf)) for gram, df, idf in rows if gram is not None]
    if len({gram for gram, _, _ in known}) < len(known):
        raise call.error("0018", "an n-gram occurs twice in the vocabulary.")
    if len(known) > MAX_COLUMNS or not all(map(math.isfinite, [number for item in known for number in item[1:]])):
        raise call.error("0018", f"the vocabulary must have at most {MAX_COLUMNS:,} n-grams, each with DF and IDF.")
    return _Vocabulary({gram: int(df) for gram, df, _ in known}, {gram: idf for gram, _, idf in known})


def _counted(
    call: Call, dataset: Dataset, name: str, operation: VocabularyText, given: _Vocabulary | None
) -> _Vocabulary:
    """Return the n-grams that are frequent enough, most frequent first, after those of a given vocabulary."""
    counts: Counter[str] = Counter()
    texts = dataset.cells(name)
    for text in texts:
        counts.update(operation.counts(text).keys())
    most = call.properties[MOST] * len(texts)
    frequent = {gram: count for gram, count in counts.items() if call.properties[LEAST] <= count <= most}
    known = given or _Vocabulary({}, {})
    frequencies = dict(known.frequencies)
    if call.properties[MODE] == UPDATE:
        frequencies = {gram: count + counts[gram] for gram, count in frequencies.items()}
    for gram in sorted(frequent, key=lambda gram: (-frequent[gram], gram)):
        frequencies.setdefault(gram, frequent[gram])
    frequencies = dict(list(frequencies.items())[:MAX_COLUMNS])
    inverse = {gram: inverse_frequency(len(texts), count) for gram, count in frequencies.items()}
    return _Vocabulary(frequencies, inverse | known.inverse)


def _selected(call: Call, dataset: Dataset, name: str, operation: VocabularyText, found: _Vocabulary) -> _Vocabulary:
    """Return the n-grams that best predict the target, or that are in enough texts."""
    check_size(call, len(dataset.frame), len(operation.grams))
    if call.properties[METHOD] == COUNT_BASED:
        least = call.properties[NON_ZERO]
        kept = [gram for gram, count in found.frequencies.items() if count >= least]
    else:
        target = pick_label(call, dataset, call.properties[TARGET])
        known = np.flatnonzero(dataset.frame[target].notna().to_numpy())
        if len(known) < 2:
            raise call.error("0134", f"the target '{target}' must have at least two distinct values.")
        truth = as_numbers(dataset.with_rows(known), dataset.column(target))
        values = operation.vectors([dataset.cells(name)[row] for row in known])
        measure = MEASURES[call.properties[METHOD]]
        scores = {gram: measure(column, truth) for gram, column in zip(operation.grams, values.T, strict=True)}
        kept = sorted(scores, key=lambda gram: -scores[gram])[: call.properties[WANTED]]
    if not kept:
        raise call.error("0080", f"no n-gram of '{name}' is left by the feature selection.")
    return _Vocabulary({gram: found.frequencies[gram] for gram in kept}, found.inverse)


def _table(operation: VocabularyText, found: _Vocabulary) -> Dataset:
    columns = [
        Column("ID", ColumnType.INT32),
        Column("NGram", ColumnType.STRING),
        Column("DF", ColumnType.INT32),
        Column("IDF", ColumnType.DOUBLE),
    ]
    grams = list(operation.grams)
    frequencies = [found.frequencies[gram] for gram in grams]
    return dataset_from_cells(columns, [list(range(len(grams))), grams, frequencies, list(operation.inverse)])


MODULES = (
    Module(
        name="Extract N-Gram Features from Text",
        family="a8a662d089bb48c985629b9589124c4a",
        inputs=(Port("Dataset", PortType.DATASET), Port(VOCABULARY, PortType.DATASET, optional=True)),
        outputs=(Port("Results dataset", PortType.DATASET), Port("Result vocabulary", PortType.DATASET)),
        properties=(
            Property(COLUMN, Kind.COLUMNS, {"select": "string"}),
            Property(MODE, Kind.CHOICE, CREATE, choices=(CREATE, READ_ONLY, UPDATE, MERGE)),
            Property(SIZE, Kind.INTEGER, 1, 1, MAX_GRAM),
            Property(SKIP, Kind.INTEGER, 0, 0, MAX_SKIP),
            Property(WEIGHT, Kind.CHOICE, BINARY, choices=WEIGHTS),
            Property(SHORTEST, Kind.INTEGER, 3, 1),
            Property(LONGEST, Kind.INTEGER, 25, 2),
            Property(LEAST, Kind.NUMBER, 5.0, 1),
            Property(MOST, Kind.NUMBER, 1.0, 0.0001, 1),
            Property(NORMALIZE, Kind.BOOLEAN, False),
            Property(FILTER, Kind.BOOLEAN, True),
            Property(METHOD, Kind.CHOICE, "FisherScore", choices=(*MEASURES, COUNT_BASED)),
            Property(TARGET, Kind.COLUMNS, optional=True),
            Property(WANTED, Kind.INTEGER, 1, 1, MAX_COLUMNS),
            Property(NON_ZERO, Kind.INTEGER, 1, 1),
            Property("Detect out-of-vocabulary rows", Kind.BOOLEAN, True),
            Property("Mark begin-of-sentence", Kind.BOOLEAN, False),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "Columns are counted by the encoder, before the graph: a graph takes numbers only. A trained model keeps "
            "its vocabulary, so a web service needs none at the input port.",
            "New columns are named `column.[n_gram]`; words are joined by an underscore.",
            "Update adds the counts of known n-grams, Merge keeps them; both add new n-grams. At most "
            f"{MAX_COLUMNS:,} n-grams are kept, the most frequent ones.",
            "Feature scoring method, Target column and the number of features apply if filter-based feature selection "
            "is used. The Graph weight is not there; Detect out-of-vocabulary rows and Mark begin-of-sentence are "
            "accepted but have no effect.",
        ),
    ),
)
