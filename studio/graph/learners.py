"""What learner modules have in common: the module around an estimator, shared properties, values to sweep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.graph.contract import UINT32_MAX, Effect, Kind, Module, Port, PortType, Property
from studio.graph.properties import PropertyError
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape, UntrainedModel

MODE, ONE, RANGES = "Create trainer mode", "SingleParameter", "ParameterRange"
SINGLE, SWEPT = (MODE, (ONE,)), (MODE, (RANGES,))
TRAINER_MODE = Property(MODE, Kind.CHOICE, ONE, choices=(ONE, RANGES))
SEED = Property("Random number seed", Kind.INTEGER, None, 0, UINT32_MAX, optional=True)
# Far above what helps a model, and far below what would keep a process busy for days or fill its memory.
MAX_TREES, MAX_LEAVES, MAX_DEPTH, MAX_SPLITS = 10_000, 131_072, 1000, 100_000
MAX_ITERATIONS = 10_000
EARLY, HELD_OUT, PATIENCE = "Early stopping", "Fraction of rows to validate on", "Iterations without improvement"
EARLY_STOPPING = (
    Property(EARLY, Kind.BOOLEAN, False),
    Property(HELD_OUT, Kind.NUMBER, 0.1, maximum=0.5, above=0, when=(EARLY, (True,))),
    Property(PATIENCE, Kind.INTEGER, 10, 1, MAX_ITERATIONS, when=(EARLY, (True,))),
)
EARLY_NOTE = (
    "Early stopping and the two properties after it are additional: training ends once the score on rows kept out of "
    "it has not improved for so many iterations."
)
UNKNOWN_LEVELS = Property("Allow unknown levels in categorical features", Kind.BOOLEAN, True)
UNKNOWN_VALUES = Property("Allow unknown values for categorical features", Kind.BOOLEAN, True)
UNKNOWN_NOTE = "Unknown levels are always allowed: a category not seen in training is scored as all zeros."

Build = Callable[[Mapping[str, Any], TrainingShape], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """What a learner module is made from.

    `build` makes the estimator from property values and the shape of the training data. `ranges` gives, for each
    property of kind range, the property whose values it lists; `mode` is the property that chooses between single
    values and ranges. `labels` returns the texts that name the score columns, for learners whose label column does not
    name them.
    """

    name: str
    family: str
    task: str
    properties: tuple[Property, ...]
    build: Build
    library: str
    scaling: Scaling | Callable[[Mapping[str, Any]], Scaling] = Scaling.NONE
    sparse: bool = False
    ranges: Mapping[str, str] = field(default_factory=dict)
    labels: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    mode: str = MODE
    notes: tuple[str, ...] = ()

    def untrained(self, properties: Mapping[str, Any]) -> UntrainedModel:
        """Return the untrained model for property values."""
        values, grid = single_values(properties, self.ranges, self.mode)
        return UntrainedModel(
            learner=self.name,
            task=self.task,
            properties=values,
            build=self.build,
            scaling=self.scaling(values) if callable(self.scaling) else self.scaling,
            sparse=self.sparse,
            grid=grid,
            labels=self.labels(values) if self.labels else (),
        )

    def module(self) -> Module:
        """Return the palette module that outputs the untrained model."""
        return Module(
            name=self.name,
            family=self.family,
            inputs=(),
            outputs=(Port("Untrained model", PortType.UNTRAINED),),
            run=lambda call: (self.untrained(call.properties),),
            properties=self.properties,
            effect=Effect.TABLE,
            library=self.library,
            notes=(UNKNOWN_NOTE, *self.notes),
        )


def single_values(
    properties: Mapping[str, Any], ranges: Mapping[str, str], mode: str = MODE
) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Return the single values to train with, and the values to sweep by property.

    Classic: a learner with ranges that is trained without a sweep takes the first value of each range.
    """
    if properties.get(mode) != RANGES:
        return dict(properties), {}
    grid = {single: tuple(properties[name]) for name, single in ranges.items()}
    kept = {name: value for name, value in properties.items() if name not in ranges}
    return kept | {name: values[0] for name, values in grid.items()}, grid


def seed_of(properties: Mapping[str, Any]) -> int:
    """Return the random seed, 0 if none is given, so that the same training gives the same model."""
    return int(properties.get("Random number seed") or 0)


def early_stopping(properties: Mapping[str, Any], shape: TrainingShape) -> dict[str, Any]:
    """Return scikit-learn's arguments for ending training early; none if it is off.

    Raises
    ------
    PropertyError
        0083 if a class has a single row, which cannot be in both parts.
    """
    if not properties.get(EARLY):
        return {"early_stopping": False}
    if shape.smallest_class == 1:
        raise PropertyError(
            "0083", f"with {EARLY}, each label value needs at least two rows, but one has a single row."
        )
    return {
        "early_stopping": True,
        "validation_fraction": properties[HELD_OUT],
        "n_iter_no_change": properties[PATIENCE],
    }


def calibrated(classifier: Any, shape: TrainingShape) -> Any:
    """Wrap a classifier that has no probabilities in one that does.

    A sigmoid is fitted by cross-validation; the classifier itself is then fitted to all rows.

    Raises
    ------
    PropertyError
        0083 if a class has a single row, which cannot be left out.
    """
    from sklearn.calibration import CalibratedClassifierCV

    if shape.smallest_class < 2:
        raise PropertyError("0083", "each label value needs at least two rows, but one has a single row.")
    return CalibratedClassifierCV(classifier, method="sigmoid", ensemble=False, cv=min(5, shape.smallest_class))
