"""What the fuzzer found earlier is refused as callers expect, and valid inputs are read."""

import pytest

from tests.trials.fuzz import CORPUS, TARGETS, run_input, seeds


@pytest.mark.attack("Fuzzed inputs")
@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_is_read_or_refused(target):
    for path in sorted((CORPUS / target).glob("*")):
        run_input(target, path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_are_valid(target):
    """A fuzzer whose seeds are refused at once would reach little of a parser."""
    for seed in seeds(target):
        TARGETS[target](seed)
