"""Properties that learners share."""

from studio.graph.palette import UINT32_MAX, Kind, Property

SINGLE = ("Create trainer mode", ("SingleParameter",))
TRAINER_MODE = Property("Create trainer mode", Kind.CHOICE, "SingleParameter", choices=("SingleParameter",))
SEED = Property("Random number seed", Kind.INTEGER, None, 0, UINT32_MAX, optional=True)
UNKNOWN_LEVELS = Property("Allow unknown levels in categorical features", Kind.BOOLEAN, True)
