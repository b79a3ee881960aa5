"""The load of `make soak` for some seconds."""

from tests.trials.soak import soak
from tests.trials.stage import open_stage


def test_load_swaps_and_jobs_at_once_disturb_nobody():
    with open_stage() as stage:
        found = soak(stage, minutes=0.25, endpoints=10)
    assert found.holds, found
    assert found.requests > 100
    assert found.swaps >= 5
    assert found.jobs >= 2
