"""`make faults` and `make soak`, in short: nothing is lost, nothing done twice, nothing left half done."""

import pytest

from tests.trials.faults import FAULTS
from tests.trials.soak import soak
from tests.trials.stage import open_stage

# These wait for timeouts of the storage clients or the host: `make faults` has the time.
LONG = {"500", "hang", "poison", "storm"}
# Every change is tried by killed processes and by changes at once; all faults run each night.
NIGHTLY = {"503", "clocks", "disk", "links", "messages", "reading", "restarts"}


@pytest.fixture(scope="module")
def stage():
    with open_stage() as stage:
        yield stage


@pytest.mark.long
def test_load_swaps_and_jobs_at_once_disturb_nobody(stage):
    found = soak(stage, minutes=0.05, endpoints=3)
    assert found.holds, found
    assert found.requests
    assert found.swaps
    assert found.jobs


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.long] * (name in NIGHTLY)) for name in FAULTS if name not in LONG],
)
def test_a_fault_loses_nothing_and_does_nothing_twice(stage, name):
    run, _, size = FAULTS[name]
    outcome = run(stage, size)
    assert outcome.holds, outcome
