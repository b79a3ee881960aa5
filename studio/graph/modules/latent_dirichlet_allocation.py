"""Latent Dirichlet Allocation: the topics that texts are about, as columns."""

from collections import Counter
from typing import Any

import numpy as np

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.transformations import check_size, free_name, learn_and_apply, pick_texts, text_columns
from studio.model.texts import FREQUENCY, MAX_BITS, MAX_COLUMNS, HashedText, TopicText, VocabularyText
from studio.model.tokens import MAX_GRAM
from studio.tables.schema import Cell, Column, ColumnType

COLUMNS, TOPICS, GRAMS, NORMALIZE = "Target columns", "Number of topics to model", "N-grams", "Normalize"
ALL = "Show all options"
RHO, ALPHA, DOCUMENTS, BATCH = "Rho parameter", "Alpha parameter", "Estimated number of documents", "Size of the batch"
START, POWER, PASSES = (
    "Initial value of iteration count",
    "Power applied to the iteration during updates",
    "passes",
)
BUILD, SIZE, BITS = "Build dictionary of ngrams", "Maximum size of ngram dictionary", "Number of hash bits"
BUILD_ALL, SIZE_ALL, BITS_ALL = (
    "Build dictionary of ngrams prior to LDA",
    "Maximum number of ngrams in dictionary",
    "Hash bits",
)
LONGEST_WORD, ROUNDS, MAX_WEIGHTS = 1000, 40, 1_000_000


def run(call: Call) -> tuple[Any, ...]:
    """Learn the topics of a text column; return the dataset with them, the topics' words and the transformation."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_texts(call, dataset, call.properties[COLUMNS])
    if len(names) > 1:
        raise call.error("0022", f"one text column must be selected, got {len(names)}: {', '.join(names[:5])}.")
    texts = dataset.cells(names[0])
    counted = _counted(call, texts)
    operation = _learn(call, texts, counted)
    changed, transformation = learn_and_apply(call, names, apply, (names[0], operation))
    return changed, _words(operation), transformation


def apply(call: Call, dataset: Dataset, learned: tuple[str, TopicText]) -> Dataset:
    """Return the dataset with the weight of each topic after its columns."""
    name, operation = learned
    taken = set(dataset.names)
    outputs = [
        Column(free_name(f"Topic {number}", taken), ColumnType.DOUBLE) for number in range(1, operation.width(1) + 1)
    ]
    made, values = text_columns(call, dataset, operation, name, outputs)
    return dataset.with_columns([*dataset.columns, *made], values)


def _counted(call: Call, texts: list[Cell]) -> HashedText | VocabularyText:
    """Return what is counted in texts: the most frequent n-grams, or all in hash buckets."""
    everything = call.properties[ALL] == "True"
    build, size, bits = (BUILD_ALL, SIZE_ALL, BITS_ALL) if everything else (BUILD, SIZE, BITS)
    grams = call.properties[GRAMS]
    if call.properties[build] != "True":
        return HashedText(call.properties[bits], grams)
    empty = VocabularyText((), (), grams, 0, FREQUENCY, 1, LONGEST_WORD, False)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(empty.counts(text))
    if not counts:
        raise call.error("0080", "the texts have no words.")
    frequent = sorted(counts, key=lambda gram: (-counts[gram], gram))[: min(call.properties[size], MAX_COLUMNS)]
    return VocabularyText(tuple(frequent), (0.0,) * len(frequent), grams, 0, FREQUENCY, 1, LONGEST_WORD, False)


def _learn(call: Call, texts: list[Cell], counted: HashedText | VocabularyText) -> TopicText:
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import LatentDirichletAllocation

    topics, width = call.properties[TOPICS], counted.width(1)
    if topics * width > MAX_WEIGHTS:
        raise call.error(
            "0007",
            f"{topics} topics of {width:,} n-grams are more than {MAX_WEIGHTS:,} weights. Use fewer topics, a smaller "
            "dictionary or fewer bits.",
        )
    check_size(call, len(texts), width)
    counts = csr_matrix(counted.vectors(texts))
    if not counts.nnz:
        raise call.error("0080", "the texts have no words.")
    everything = call.properties[ALL] == "True"
    given = {name: call.properties[name] for name in (RHO, ALPHA, DOCUMENTS, BATCH, START, POWER, PASSES) if everything}
    alpha = given.get(ALPHA) or 0.01
    model = LatentDirichletAllocation(
        topics,
        doc_topic_prior=alpha,
        topic_word_prior=given.get(RHO) or 0.01,
        learning_method="online",
        learning_decay=given.get(POWER) or 0.5,
        learning_offset=max(1, given.get(START) or 10),
        max_iter=given.get(PASSES) or 25,
        batch_size=given.get(BATCH) or 32,
        total_samples=given.get(DOCUMENTS) or len(texts),
        random_state=0,
    ).fit(counts)
    weights = np.maximum(np.round(model.components_, 6), 1e-6)
    return TopicText(counted, tuple(map(tuple, weights.tolist())), alpha, ROUNDS, call.properties[NORMALIZE])


def _words(operation: TopicText) -> Dataset:
    """Return a row for each n-gram or bucket with its share in each topic."""
    weights = np.array(operation.topics)
    shares = weights / weights.sum(axis=1, keepdims=True)
    counted = operation.counted
    names = counted.grams if isinstance(counted, VocabularyText) else tuple(map(str, range(counted.width(1))))
    columns = [Column("Feature", ColumnType.STRING)]
    columns += [Column(f"Topic {number}", ColumnType.DOUBLE) for number in range(1, len(shares) + 1)]
    return dataset_from_cells(columns, [list(names), *shares.tolist()])


YES, NO = ("True",), ("False",)
MODULES = (
    Module(
        name="Latent Dirichlet Allocation",
        family="e35a5905bd5741f4957682bfcb92f837",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Transformed dataset", PortType.DATASET),
            Port("Feature topic matrix", PortType.DATASET),
            Port("LDA transformation", PortType.TRANSFORMATION),
        ),
        properties=(
            Property(COLUMNS, Kind.COLUMNS, {"select": "string"}),
            Property(TOPICS, Kind.INTEGER, 5, 1, 1000),
            Property(GRAMS, Kind.INTEGER, 2, 1, MAX_GRAM),
            Property(NORMALIZE, Kind.BOOLEAN, True),
            Property(ALL, Kind.CHOICE, "False", choices=("True", "False")),
            Property(RHO, Kind.NUMBER, 0.01, maximum=1, above=0, when=(ALL, YES)),
            Property(ALPHA, Kind.NUMBER, 0.01, maximum=1, above=0, when=(ALL, YES)),
            Property(DOCUMENTS, Kind.INTEGER, 1000, 1, 2**31 - 1, when=(ALL, YES)),
            Property(BATCH, Kind.INTEGER, 32, 1, 1024, when=(ALL, YES)),
            Property(START, Kind.INTEGER, 10, 0, 2**31 - 1, when=(ALL, YES)),
            Property(POWER, Kind.NUMBER, 0.5, 0.5, 1, when=(ALL, YES)),
            Property(PASSES, Kind.INTEGER, 25, 1, 1024, when=(ALL, YES)),
            Property(BUILD, Kind.CHOICE, "True", choices=("True", "False"), when=(ALL, NO)),
            Property(SIZE, Kind.INTEGER, 20_000, 1, 2**31 - 1, when=(BUILD, YES)),
            Property(BITS, Kind.INTEGER, 12, 1, MAX_BITS, when=(BUILD, NO)),
            Property(BUILD_ALL, Kind.CHOICE, "True", choices=("True", "False"), when=(ALL, YES)),
            Property(SIZE_ALL, Kind.INTEGER, 20_000, 1, 2**31 - 1, when=(BUILD_ALL, YES)),
            Property(BITS_ALL, Kind.INTEGER, 12, 1, MAX_BITS, when=(BUILD_ALL, NO)),
        ),
        run=run,
        effect=Effect.COLUMNS,
        library="LatentDirichletAllocation",
        notes=(
            "The topics of a row to score are computed by the encoder, before the graph, in 40 rounds: ONNX has no "
            "digamma function. They agree with scikit-learn's to about 0.001.",
            f"A dictionary has at most {MAX_COLUMNS:,} n-grams, the most frequent ones, and hashes at most {MAX_BITS} "
            f"bits; topics times n-grams are at most {MAX_WEIGHTS:,}.",
        ),
    ),
)
