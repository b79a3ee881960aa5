"""Two-Class Bayes Point Machine: the mean of perceptrons that saw the rows in different orders."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import Learner
from studio.model.manifest import TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

ITERATIONS, BIAS = "Number of training iterations", "Include bias"
MAX_PERCEPTRONS = 1000


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the machine, with as many perceptrons as iterations."""
    from studio.model.machines import BayesPointMachine

    return BayesPointMachine(properties[ITERATIONS], properties[BIAS])


MODULES = (
    Learner(
        name="Two-Class Bayes Point Machine",
        family="",
        task=TWO_CLASS,
        properties=(
            Property(ITERATIONS, Kind.INTEGER, 30, 1, MAX_PERCEPTRONS),
            Property(BIAS, Kind.BOOLEAN, True),
            Property("Allow unknown values in categorical features", Kind.BOOLEAN, True),
        ),
        build=build,
        library="studio.model.machines.BayesPointMachine",
        scaling=Scaling.STANDARD,
        notes=(
            "The original approximates the Bayes point by expectation propagation; here it is the mean of as many "
            "perceptrons as there are iterations, each trained on the rows in a random order.",
        ),
    ).module(),
)
