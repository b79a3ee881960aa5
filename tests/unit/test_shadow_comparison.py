"""What is kept of a comparison in the shadow fits a row of Azure Tables, whatever the labels are."""

from collections import Counter
from random import Random

import pytest

from studio.rollout.shadow_comparison import MAX_LABEL, MAX_PAIRS, Compared, read_compared, write_compared

RANDOM = Random(5)


def label():
    return "".join(chr(RANDOM.randrange(0x4E00, 0x9FFF)) for _ in range(MAX_LABEL))


@pytest.mark.attack("Size and time")
def test_of_pairs_of_long_labels_those_that_were_met_most_are_kept_as_far_as_they_fit():
    pairs = Counter({(label(), label()): rows for rows in range(1, MAX_PAIRS + 1)})
    kept = write_compared({"output1": Compared(rows=100_000, agreeing=5, pairs=pairs, labelled=True)})
    assert len(kept) <= 64 * 1024
    found = read_compared(kept)["output1"]
    assert (found.rows, found.agreeing) == (100_000, 5)
    assert found.pairs.most_common(20) == pairs.most_common(20)
    short = Counter({(str(number), "x"): 1 for number in range(MAX_PAIRS)})
    assert read_compared(write_compared({"output1": Compared(pairs=short)}))["output1"].pairs == short
