"""Properties shared by the learners that the original fits with L-BFGS: tolerance, L1 and L2 weights, memory."""

from studio.graph.contract import Kind, Property
from studio.graph.learners import SEED, SINGLE, SWEPT, TRAINER_MODE, UNKNOWN_LEVELS

MAX_MEMORY = 1000
TOLERANCES, L1_WEIGHTS, L2_WEIGHTS, MEMORIES = (
    "Range for optimization tolerance",
    "Range for L1 regularization weight",
    "Range for L2 regularization weight",
    "Range for memory size for L-BFGS the lower the value the faster and less accurate the training",
)


def lbfgs_properties(tolerance: str, l1: str, l2: str, memory: str) -> tuple[Property, ...]:
    """Return the properties of such a learner, given its own names for the four single values."""
    return (
        TRAINER_MODE,
        Property(tolerance, Kind.NUMBER, 1e-07, above=0, when=SINGLE),
        Property(l1, Kind.NUMBER, 1.0, 0, when=SINGLE),
        Property(l2, Kind.NUMBER, 1.0, 0, when=SINGLE),
        Property(memory, Kind.INTEGER, 20, 1, MAX_MEMORY, when=SINGLE),
        Property(TOLERANCES, Kind.RANGE, (0.00001, 0.00000001), above=0, when=SWEPT),
        Property(L1_WEIGHTS, Kind.RANGE, (0.0, 0.01, 0.1, 1.0), 0, when=SWEPT),
        Property(L2_WEIGHTS, Kind.RANGE, (0.01, 0.1, 1.0), 0, when=SWEPT),
        Property(MEMORIES, Kind.RANGE, (5, 20, 50), 1, MAX_MEMORY, when=SWEPT),
        SEED,
        UNKNOWN_LEVELS,
    )


def lbfgs_ranges(tolerance: str, l1: str, l2: str, memory: str) -> dict[str, str]:
    """Return, for each range property, the single value it lists."""
    return {TOLERANCES: tolerance, L1_WEIGHTS: l1, L2_WEIGHTS: l2, MEMORIES: memory}
