"""Texts counted as scikit-learn's vectorizers count them, for pipelines of users: by a vocabulary, or in hash buckets.

What a vectorizer does is split in two: the encoder counts, by the code here, since a graph takes numbers only; what
follows, such as TF-IDF, is part of the pipeline (scikit/counted.py).
"""

import re
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.model.operations import Matrix
from studio.tables.schema import Cell

WORDS, CHARACTERS, WITHIN_WORDS = "word", "char", "char_wb"
ANALYZERS, ACCENTS = (WORDS, CHARACTERS, WITHIN_WORDS), ("", "ascii", "unicode")
# Python's engine reads these in one pass, whatever the text.
TOKEN_PATTERNS = frozenset(
    [
        *(r"(?u)\b\w\w+\b", r"(?u)\b\w+\b", r"(?u)\w+", r"\b\w\w+\b", r"\b\w+\b", r"\w+", r"\S+", r"[^\s]+"),
        *(r"[a-zA-Z]+", r"[A-Za-z]+", r"\b[a-zA-Z]+\b", r"\b[A-Za-z]+\b", r"[a-z]+", r"\b[a-zA-Z]{2,}\b"),
        *(r"\b[a-zA-Z]{3,}\b", r"(?u)\b[a-zA-Z]{2,}\b", r"(?u)\b\w{2,}\b", r"(?u)\b\w{3,}\b", r"[a-zA-Z0-9]+"),
    ]
)
MAX_CHARACTERS, MAX_GRAM = 100_000, 10
MAX_WIDTH, MAX_STOP_WORDS = 32_768, 10_000
SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class TokenText:
    """Count the tokens of a text that are in a vocabulary, or, without one, in `buckets` by their hash.

    `smallest` and `largest` bound the n-grams; `signed` is the hash's alternate sign. The other fields are parameters
    of scikit-learn's vectorizers. Of a text that is longer, the first 100,000 characters count.

    References
    ----------
    sklearn.feature_extraction.text: CountVectorizer and HashingVectorizer.
    """

    grams: tuple[str, ...] = ()
    buckets: int = 0
    signed: bool = False
    analyzer: str = WORDS
    lowercase: bool = True
    accents: str = ""
    pattern: str = r"(?u)\b\w\w+\b"
    smallest: int = 1
    largest: int = 1
    stop_words: tuple[str, ...] = ()
    binary: bool = False
    _places: dict[str, int] = field(init=False, repr=False, compare=False)
    _stopped: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the bounds; ValueError outside them."""
        object.__setattr__(self, "_places", {gram: place for place, gram in enumerate(self.grams)})
        object.__setattr__(self, "_stopped", frozenset(self.stop_words))
        if self.analyzer not in ANALYZERS or self.accents not in ACCENTS or self.pattern not in TOKEN_PATTERNS:
            raise ValueError(f"tokens of kind {self.analyzer!r}, {self.accents!r}, {self.pattern!r}")
        if not (1 <= self.smallest <= self.largest <= MAX_GRAM and 0 <= self.buckets <= MAX_WIDTH):
            raise ValueError(f"{self.smallest}- to {self.largest}-grams in {self.buckets} buckets")
        if len(self.grams) > MAX_WIDTH or len(self.stop_words) > MAX_STOP_WORDS:
            raise ValueError(f"a vocabulary of {len(self.grams)}, {len(self.stop_words)} stop words")

    def width(self, n_inputs: int) -> int:
        """Return the number of columns."""
        return self.buckets or len(self.grams)

    def tokens(self, text: Cell) -> Iterable[str]:
        """Return the tokens of a text in their order; none for a missing text."""
        if not isinstance(text, str):
            return ()
        plain = self._plain(text[:MAX_CHARACTERS])
        if self.analyzer == WORDS:
            found = [word for word in re.findall(self.pattern, plain) if word not in self._stopped]
            return self._word_grams(found)
        plain = SPACES.sub(" ", plain)
        return self._character_grams(plain) if self.analyzer == CHARACTERS else self._grams_within_words(plain)

    def vectors(self, texts: Sequence[Cell]) -> Matrix:
        """Return the counts, shape (n_texts, width)."""
        result = np.zeros((len(texts), self.width(1)))
        for row, text in enumerate(texts):
            if self.buckets:
                self._hash(result[row], text)
                continue
            for token, count in Counter(self.tokens(text)).items():
                place = self._places.get(token)
                if place is not None:
                    result[row, place] = 1.0 if self.binary else count
        return result

    def _hash(self, row: Any, text: Cell) -> None:
        for token, count in Counter(self.tokens(text)).items():
            found = murmur(token.encode("utf-8", "surrogatepass"))
            place = abs(found) % self.buckets
            if self.binary:
                row[place] = 1.0
            else:
                row[place] += -count if self.signed and found < 0 else count

    def _plain(self, text: str) -> str:
        if self.lowercase:
            text = text.lower()
        if not self.accents or text.isascii():
            return text
        apart = unicodedata.normalize("NFKD", text)
        if self.accents == "ascii":
            return apart.encode("ascii", "ignore").decode()
        return "".join(character for character in apart if not unicodedata.combining(character))

    def _word_grams(self, words: list[str]) -> Iterator[str]:
        for size in range(self.smallest, self.largest + 1):
            for start in range(len(words) - size + 1):
                yield " ".join(words[start : start + size])

    def _character_grams(self, text: str) -> Iterator[str]:
        for size in range(self.smallest, self.largest + 1):
            for start in range(len(text) - size + 1):
                yield text[start : start + size]

    def _grams_within_words(self, text: str) -> Iterator[str]:
        for word in text.split():
            padded = f" {word} "
            for size in range(self.smallest, self.largest + 1):
                yield padded[:size]
                for start in range(1, len(padded) - size + 1):
                    yield padded[start : start + size]
                # A word that is shorter than the n-gram counts once.
                if len(padded) <= size:
                    break


def murmur(content: bytes) -> int:
    """Return MurmurHash3 (x86, 32 bits, seed 0) as a signed number, by which scikit-learn hashes.

    References
    ----------
    A. Appleby, MurmurHash3, public domain.
    """
    mask, state, whole = 0xFFFFFFFF, 0, len(content) & ~3
    for (block,) in struct.iter_unpack("<I", content[:whole]):
        state ^= _mixed(block)
        state = (state << 13 | state >> 19) & mask
        state = (state * 5 + 0xE6546B64) & mask
    if rest := content[whole:]:
        state ^= _mixed(int.from_bytes(rest, "little"))
    state ^= len(content)
    state = (state ^ state >> 16) * 0x85EBCA6B & mask
    state = (state ^ state >> 13) * 0xC2B2AE35 & mask
    state ^= state >> 16
    return state - (1 << 32) if state >> 31 else state


def _mixed(block: int) -> int:
    block = block * 0xCC9E2D51 & 0xFFFFFFFF
    return (block << 15 | block >> 17) * 0x1B873593 & 0xFFFFFFFF


def learn_vocabulary(
    operation: TokenText, texts: Sequence[Cell], least: float, most: float, limit: int | None
) -> tuple[str, ...]:
    """Return the tokens of texts that are frequent enough, sorted; the `limit` most frequent ones if it is given.

    Parameters
    ----------
    least, most
        In how many texts a token must be at least and at most: a number of texts, or, as a float, their share.
    """
    frequencies, totals = Counter[str](), Counter[str]()
    for text in texts:
        counts = Counter(operation.tokens(text))
        frequencies.update(counts.keys())
        totals.update(dict.fromkeys(counts, 1) if operation.binary else counts)
    least, most = (value * len(texts) if isinstance(value, float) else value for value in (least, most))
    kept = sorted(token for token, count in frequencies.items() if least <= count <= most)
    if limit is None or limit >= len(kept):
        return tuple(kept)
    # NumPy's order of equal totals is the one that scikit-learn takes.
    chosen = (-np.array([totals[token] for token in kept])).argsort()[:limit]
    return tuple(kept[place] for place in sorted(chosen.tolist()))
