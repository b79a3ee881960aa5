"""Two-Class Boosted Decision Tree: scikit-learn's HistGradientBoostingClassifier."""

from typing import Any

from studio.graph.learner_properties import SEED, SINGLE, TRAINER_MODE, UNKNOWN_LEVELS
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.manifest import TWO_CLASS
from studio.model.trained import UntrainedModel

LEAVES = "Maximum number of leaves per tree"
LEAF_SIZE = "Minimum number of training instances required to form a leaf"


def run(call: Call) -> tuple[Any, ...]:
    """Return the learner."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    estimator = HistGradientBoostingClassifier(
        max_leaf_nodes=call.properties[LEAVES],
        min_samples_leaf=call.properties[LEAF_SIZE],
        learning_rate=call.properties["The learning rate"],
        max_iter=call.properties["Total number of trees constructed"],
        early_stopping=False,
        random_state=call.properties["Random number seed"] or 0,
    )
    return (UntrainedModel(call.module.name, TWO_CLASS, dict(call.properties), estimator, scaled=False),)


MODULE = Module(
    name="Two-Class Boosted Decision Tree",
    family="e3c522f853d948298ea45c6a6b75330c",
    inputs=(),
    outputs=(Port("Untrained model", PortType.UNTRAINED),),
    properties=(
        TRAINER_MODE,
        Property(LEAVES, Kind.INTEGER, 20, 2, 131072, when=SINGLE),
        Property(LEAF_SIZE, Kind.INTEGER, 10, 1, when=SINGLE),
        Property("The learning rate", Kind.NUMBER, 0.2, maximum=1, above=0, when=SINGLE),
        Property("Total number of trees constructed", Kind.INTEGER, 100, 1, when=SINGLE),
        SEED,
        UNKNOWN_LEVELS,
    ),
    run=run,
)
