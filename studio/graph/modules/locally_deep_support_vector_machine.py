"""Two-Class Locally-Deep Support Vector Machine: linear in each region of a tree of soft gates."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import SEED, SINGLE, SWEPT, TRAINER_MODE, Learner, seed_of
from studio.graph.properties import PropertyError
from studio.model.manifest import TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

DEPTH, ITERATIONS, SHARPNESS = "Depth of the tree", "Number of iterations", "Sigmoid sharpness"
WEIGHT, GATE, INNER = "Lambda W", "Lambda Theta", "Lambda Theta Prime"
NORMALIZER = "Feature normalizer"
NORMALIZERS = {
    "Binning normalizer": Scaling.BINNED,
    "Gaussian normalizer": Scaling.STANDARD,
    "Min-Max normalizer": Scaling.MIN_MAX,
    "Do not normalize": Scaling.IMPUTED,
}
MAX_DEPTH, MAX_STEPS, STEPS_AT_ONCE = 10, 1_000_000, 100
MAX_WEIGHTS = 4_000_000
WEIGHTS = (0.1, 0.01, 0.001)
RANGES = {
    f"Range for {name[0].lower()}{name[1:]}": name for name in (DEPTH, WEIGHT, GATE, INNER, SHARPNESS, ITERATIONS)
}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the machine.

    Raises
    ------
    PropertyError
        0007 if the tree has too many weights for the columns.
    """
    from studio.model.machines import LocalDeepMachine

    depth = properties[DEPTH]
    weights = 3 * 2 ** (depth + 1) * (shape.columns + 1)
    if weights > MAX_WEIGHTS:
        raise PropertyError(
            "0007",
            f"{DEPTH} of {depth} with {shape.columns} columns makes {weights:,} weights; at most {MAX_WEIGHTS:,} are "
            "accepted.",
        )
    return LocalDeepMachine(
        depth=depth,
        weight=properties[WEIGHT],
        gate_weight=properties[GATE],
        inner_weight=properties[INNER],
        sharpness=properties[SHARPNESS],
        iterations=max(1, properties[ITERATIONS] // STEPS_AT_ONCE),
        random_state=seed_of(properties),
    )


def _range(
    name: str,
    values: tuple[float, ...],
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
) -> Property:
    listed = next(key for key, value in RANGES.items() if value == name)
    return Property(listed, Kind.RANGE, values, minimum, maximum, above=above, when=SWEPT)


MODULES = (
    Learner(
        name="Two-Class Locally-Deep Support Vector Machine",
        family="",
        task=TWO_CLASS,
        properties=(
            TRAINER_MODE,
            Property(DEPTH, Kind.INTEGER, 3, 1, MAX_DEPTH, when=SINGLE),
            Property(WEIGHT, Kind.NUMBER, 0.1, above=0, when=SINGLE),
            Property(GATE, Kind.NUMBER, 0.01, above=0, when=SINGLE),
            Property(INNER, Kind.NUMBER, 0.01, above=0, when=SINGLE),
            Property(SHARPNESS, Kind.NUMBER, 1.0, above=0, when=SINGLE),
            Property(ITERATIONS, Kind.INTEGER, 15_000, 1, MAX_STEPS, when=SINGLE),
            _range(DEPTH, (1, 3, 5, 7), minimum=1, maximum=MAX_DEPTH),
            _range(WEIGHT, WEIGHTS, above=0),
            _range(GATE, WEIGHTS, above=0),
            _range(INNER, WEIGHTS, above=0),
            _range(SHARPNESS, (1.0, 0.1, 0.01), above=0),
            _range(ITERATIONS, (10_000, 15_000, 20_000), minimum=1, maximum=MAX_STEPS),
            Property(NORMALIZER, Kind.CHOICE, "Min-Max normalizer", choices=tuple(NORMALIZERS)),
            SEED,
            Property("Allow unknown categorical levels", Kind.BOOLEAN, True),
        ),
        build=build,
        library="studio.model.machines.LocalDeepMachine",
        scaling=lambda properties: NORMALIZERS[properties[NORMALIZER]],
        ranges=RANGES,
        notes=(
            "The published model (local deep kernel learning) with a logistic loss in place of the hinge, so that its "
            "scores are probabilities, and with soft gates. It is fitted by L-BFGS, with one iteration for 100 of the "
            "original's steps on single rows.",
        ),
    ).module(),
)
