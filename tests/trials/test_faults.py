"""The faults of `make faults`, in short: nothing is lost, nothing done twice, nothing left half done."""

import pytest

from tests.trials.faults import FAULTS
from tests.trials.stage import open_stage

# These wait for the storage clients' patience or the host's: `make faults` has the time.
LONG = {"500", "hang", "poison", "storm"}


@pytest.fixture(scope="module")
def stage():
    with open_stage() as stage:
        yield stage


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in LONG])
def test_a_fault_loses_nothing_and_does_nothing_twice(stage, name):
    run, _, size = FAULTS[name]
    outcome = run(stage, size)
    assert outcome.holds, outcome
