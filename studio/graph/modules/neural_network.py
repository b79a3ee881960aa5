"""Neural networks for all three tasks: scikit-learn's multi-layer perceptrons, by gradient descent or Adam."""

import itertools
from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    EARLY_NOTE,
    EARLY_STOPPING,
    MAX_ITERATIONS,
    MODE,
    ONE,
    SEED,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_LEVELS,
    Build,
    Learner,
    early_stopping,
    seed_of,
)
from studio.graph.learners import RANGES as SWEEP
from studio.graph.properties import PropertyError
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

MAX_LAYERS, MAX_NODES, MAX_WEIGHTS = 10, 10_000, 10_000_000
LAYERS, LAYERS_SWEPT = "Hidden layer specification", "Hidden layer specification1"
NODES, NODES_SWEPT = "Number of hidden nodes", "Number of hidden nodes1"
CONNECTED = "Fully-connected case"
RATE, EPOCHS, MOMENTUM = "The learning rate", "Number of learning iterations", "The momentum"
NORMALIZER, SHUFFLE, BATCH = "The type of normalizer", "Shuffle examples", "Batch size"
OPTIMIZER, DESCENT, ADAM = "Optimizer", "Stochastic gradient descent", "Adam"
ADAM_RATE, ACTIVATION = "Learning rate of Adam", "Activation of hidden nodes"
ACTIVATIONS = {"Sigmoid": "logistic", "ReLU": "relu", "Tanh": "tanh"}
NORMALIZERS = {
    "Binning normalizer": Scaling.BINNED,
    "Gaussian normalizer": Scaling.STANDARD,
    "Min-Max normalizer": Scaling.MIN_MAX,
    "Do not normalize": Scaling.IMPUTED,
}
RANGES = {"Range for learning rate": RATE, "Range for number of learning iterations": EPOCHS}
PROPERTIES = (
    TRAINER_MODE,
    Property(LAYERS, Kind.CHOICE, CONNECTED, choices=(CONNECTED,), when=SINGLE),
    Property(LAYERS_SWEPT, Kind.CHOICE, CONNECTED, choices=(CONNECTED,), when=SWEPT),
    Property("The initial learning weights diameter", Kind.NUMBER, 0.1, above=0),
    Property(RATE, Kind.NUMBER, 0.1, maximum=2, above=0, when=SINGLE),
    Property("Range for learning rate", Kind.RANGE, (0.1, 0.2, 0.4), maximum=2, above=0, when=SWEPT),
    Property(MOMENTUM, Kind.NUMBER, 0.0, 0, 1),
    Property(NORMALIZER, Kind.CHOICE, "Min-Max normalizer", choices=tuple(NORMALIZERS)),
    Property(NODES, Kind.TEXT, "100", when=(LAYERS, (CONNECTED,))),
    Property(NODES_SWEPT, Kind.TEXT, "100", when=(LAYERS_SWEPT, (CONNECTED,))),
    Property(EPOCHS, Kind.INTEGER, 100, 1, MAX_ITERATIONS, when=SINGLE),
    Property("Range for number of learning iterations", Kind.RANGE, (20, 40, 80, 160), 1, MAX_ITERATIONS, when=SWEPT),
    Property(SHUFFLE, Kind.BOOLEAN, True),
    Property(BATCH, Kind.INTEGER, 20, 1, 1_000_000),
    Property(OPTIMIZER, Kind.CHOICE, DESCENT, choices=(DESCENT, ADAM)),
    Property(ADAM_RATE, Kind.NUMBER, 0.001, maximum=1, above=0, when=(OPTIMIZER, (ADAM,))),
    Property(ACTIVATION, Kind.CHOICE, "Sigmoid", choices=tuple(ACTIVATIONS)),
    *EARLY_STOPPING,
    SEED,
    UNKNOWN_LEVELS,
)
NOTES = (
    "Several layers are written as `100, 20`; Net# definition scripts are not supported.",
    "The defaults are the original's: sigmoid nodes and gradient descent, which often have not converged after 100 "
    "iterations; the run then warns. Optimizer Adam with ReLU nodes usually learns far better in the same time: with "
    "two hidden layers of 100 and 50 nodes and batches of 256 rows, it recognises 0.98 of scikit-learn's digits, the "
    "original's way 0.33.",
    "Optimizer, Learning rate of Adam and Activation of hidden nodes are additional properties. Momentum has no effect "
    "on Adam, and a sweep with Adam takes its learning rates from the range, where values near 0.001 suit it.",
    EARLY_NOTE,
    "At most 10 layers of up to 10,000 nodes, with 10,000,000 weights between them.",
    "Batch size (rows per weight update) is an additional property; an iteration is one pass over all rows.",
    "The initial learning weights diameter is accepted but has no effect: scikit-learn derives it from layer widths.",
    "The loss after each iteration is in evaluation.json.",
)


def build_classifier(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the classifier."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(**_arguments(properties, shape))


def build_regressor(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the regressor, which scales the label to zero mean and unit variance."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(MLPRegressor(**_arguments(properties, shape)), transformer=StandardScaler())


def _arguments(properties: Mapping[str, Any], shape: TrainingShape) -> dict[str, Any]:
    swept, adam = properties.get(MODE, ONE) == SWEEP, properties.get(OPTIMIZER) == ADAM
    return {
        "hidden_layer_sizes": _hidden_layers(properties[NODES_SWEPT if swept else NODES]),
        "activation": ACTIVATIONS[properties[ACTIVATION]],
        "solver": "adam" if adam else "sgd",
        "alpha": 0.0,
        "learning_rate_init": properties[ADAM_RATE] if adam and not swept else properties[RATE],
        "momentum": properties[MOMENTUM],
        "nesterovs_momentum": False,
        "batch_size": min(properties[BATCH], shape.rows),
        "max_iter": properties[EPOCHS],
        "n_iter_no_change": properties[EPOCHS],
        "shuffle": properties[SHUFFLE],
        "random_state": seed_of(properties),
    } | early_stopping(properties, shape)


def _hidden_layers(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = ()
    if not 0 < len(sizes) <= MAX_LAYERS or not all(1 <= size <= MAX_NODES for size in sizes):
        raise PropertyError(
            "0002",
            f"{NODES} must be one whole number from 1 to {MAX_NODES} per layer, such as '100, 20', for at most "
            f"{MAX_LAYERS} layers, got {text[:200]!r}.",
        )
    weights = sum(above * below for above, below in itertools.pairwise(sizes))
    if weights > MAX_WEIGHTS:
        raise PropertyError(
            "0007", f"{NODES} must make at most {MAX_WEIGHTS:,} weights between hidden layers, got {weights:,}."
        )
    return sizes


LEARNERS: tuple[tuple[str, str, str, Build, str], ...] = (
    ("Two-Class Neural Network", "ebc29f52719d4d0fb66a2ce85f527c7d", TWO_CLASS, build_classifier, "MLPClassifier"),
    ("Multiclass Neural Network", "e8b401fb230a4b21bd11d1fda0d57c1f", MULTICLASS, build_classifier, "MLPClassifier"),
    ("Neural Network Regression", "d7ee222c669f4200a576a761a9c1a928", REGRESSION, build_regressor, "MLPRegressor"),
)
MODULES = tuple(
    Learner(
        name=name,
        family=family,
        task=task,
        properties=PROPERTIES,
        build=build,
        library=library,
        scaling=lambda properties: NORMALIZERS[properties[NORMALIZER]],
        ranges=RANGES,
        notes=NOTES,
    ).module()
    for name, family, task, build, library in LEARNERS
)
