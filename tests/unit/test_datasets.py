"""What is noted about a dataset fits into its blob's metadata."""

from urllib.parse import quote

import pytest

from studio.datasets.datasets import METADATA_BYTES, _shortened


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize("letter", ["a", "ä", "漢", "😀", "%"])
def test_long_texts_are_shortened_to_what_metadata_hold(letter):
    for most in METADATA_BYTES.values():
        for length in (0, 10, 200, 5000):
            text = letter * length
            kept = _shortened(text, most)
            assert text.startswith(kept)
            assert len(quote(kept)) <= most
            assert kept == text or len(quote(kept + letter * 2)) > most
    assert sum(METADATA_BYTES.values()) < 8000
    assert _shortened(letter * 200, METADATA_BYTES["name"]) == letter * 200
