"""Texts as columns of numbers: n-grams counted in hash buckets, or against a vocabulary.

The encoder computes these columns, outside the graph, whose input they are: a graph takes numbers only. Training does
the same by the same code. Only the beginning of a long text counts, so that a caller cannot keep a process busy.
"""

import dataclasses
import itertools
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from studio.model.operations import Matrix
from studio.model.tokens import MAX_CHARACTERS, MAX_GRAM, TokenText
from studio.tables.schema import Cell

MAX_COLUMNS = 8192
MAX_BITS, MAX_SKIP = 13, 3
# The words of the start that a skip-gram may combine are few, so that their number stays small.
MAX_GRAM_WITH_SKIP = 4
WORD = re.compile(r"\w+(?:['’-]\w+)*")
BINARY, FREQUENCY, INVERSE, BOTH = "Binary Weight", "TF Weight", "IDF Weight", "TF-IDF Weight"
WEIGHTS = (BINARY, FREQUENCY, INVERSE, BOTH)


class TextOperation(Protocol):
    """A function from texts to a matrix that can be stored as data."""

    def width(self, n_inputs: int) -> int:
        """Return the number of output columns."""
        ...

    def vectors(self, texts: Sequence[Cell]) -> Matrix:
        """Return the outputs, shape (n_texts, width); a missing text counts as empty."""
        ...


def words(text: Cell) -> list[str]:
    """Return the words of the first 100,000 characters of a text."""
    return WORD.findall(text[:MAX_CHARACTERS]) if isinstance(text, str) else []


def grams(found: Sequence[str], size: int, skip: int = 0) -> Iterator[str]:
    """Yield all sequences of 1 to `size` words, joined by `_`, that leave out at most `skip` words in between."""
    for length in range(1, size + 1):
        for start in range(len(found) - length + 1):
            if not skip or length == 1:
                yield "_".join(found[start : start + length])
                continue
            window = found[start + 1 : start + length + skip]
            for rest in itertools.combinations(window, length - 1):
                yield "_".join((found[start], *rest))


@dataclass(frozen=True, slots=True)
class HashedText:
    """Count the n-grams of a text in 2**bits buckets, by the CRC-32 of their UTF-8 bytes."""

    bits: int
    size: int

    def __post_init__(self) -> None:
        """Check the bounds; ValueError outside them."""
        if not (1 <= self.bits <= MAX_BITS and 0 <= self.size <= MAX_GRAM):
            raise ValueError(f"hashed texts with {self.bits} bits and {self.size}-grams")

    def width(self, n_inputs: int) -> int:
        """Return the number of buckets."""
        return 1 << self.bits

    def vectors(self, texts: Sequence[Cell]) -> Matrix:
        """Return the counts."""
        result = np.zeros((len(texts), 1 << self.bits))
        mask = (1 << self.bits) - 1
        for row, text in enumerate(texts):
            for gram in grams(words(text), max(self.size, 1)):
                result[row, zlib.crc32(gram.encode("utf-8", "surrogatepass")) & mask] += 1
        return result


@dataclass(frozen=True, slots=True)
class VocabularyText:
    """Weigh the n-grams of a text that are in a vocabulary; `inverse` holds the logarithm of each one's rarity."""

    grams: tuple[str, ...]
    inverse: tuple[float, ...]
    size: int
    skip: int
    weight: str
    shortest: int
    longest: int
    normalize: bool
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the bounds; ValueError outside them."""
        object.__setattr__(self, "_places", {gram: place for place, gram in enumerate(self.grams)})
        limit = MAX_GRAM_WITH_SKIP if self.skip else MAX_GRAM
        if not (1 <= self.size <= limit and 0 <= self.skip <= MAX_SKIP and self.weight in WEIGHTS):
            raise ValueError(f"{self.size}-grams with skips of {self.skip} and {self.weight}")
        if len(self.grams) != len(self.inverse) or len(self.grams) > MAX_COLUMNS:
            raise ValueError(f"a vocabulary of {len(self.grams)}")

    def width(self, n_inputs: int) -> int:
        """Return the size of the vocabulary."""
        return len(self.grams)

    def counts(self, text: Cell) -> Counter[str]:
        """Return how often each n-gram occurs, of words that are neither too short nor too long."""
        fitting = [word for word in words(text) if self.shortest <= len(word) <= self.longest]
        return Counter(grams(fitting, self.size, self.skip))

    def vectors(self, texts: Sequence[Cell]) -> Matrix:
        """Return the weights."""
        result = np.zeros((len(texts), len(self.grams)))
        for row, text in enumerate(texts):
            for gram, count in self.counts(text).items():
                place = self._places.get(gram)
                if place is not None:
                    result[row, place] = count if self.weight in (FREQUENCY, BOTH) else 1.0
        if self.weight in (INVERSE, BOTH):
            result *= np.array(self.inverse)
        if self.normalize:
            lengths = np.sqrt((result**2).sum(axis=1, keepdims=True))
            result /= np.where(lengths == 0, 1, lengths)
        return result


@dataclass(frozen=True, slots=True)
class TopicText:
    """Return the topics of a text under a latent Dirichlet allocation over a vocabulary or over hash buckets.

    `topics` holds each topic's weights of the words (pseudo counts), `prior` that of a text's topics. The weights of
    a text's topics are improved in a fixed number of rounds, so that every text takes as long as its length asks for.

    References
    ----------
    M. Hoffman, D. Blei and F. Bach, Online Learning for Latent Dirichlet Allocation, NIPS 2010.
    """

    counted: "HashedText | VocabularyText"
    topics: tuple[tuple[float, ...], ...]
    prior: float
    rounds: int
    normalize: bool
    _likely: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the bounds; ValueError outside them."""
        wide = self.counted.width(1)
        if not (0 < len(self.topics) <= MAX_COLUMNS and all(len(topic) == wide for topic in self.topics)):
            raise ValueError("topics that do not fit the words")
        if not (0 < self.rounds <= 100 and self.prior > 0 and all(min(topic) > 0 for topic in self.topics)):
            raise ValueError("weights of topics that are not above 0")
        from scipy.special import psi

        weights = np.array(self.topics)
        likely = np.exp(psi(weights) - psi(weights.sum(axis=1, keepdims=True)))
        object.__setattr__(self, "_likely", likely)

    def width(self, n_inputs: int) -> int:
        """Return the number of topics."""
        return len(self.topics)

    def vectors(self, texts: Sequence[Cell]) -> Matrix:
        """Return the weights of the topics."""
        result = np.empty((len(texts), len(self.topics)))
        for row, text in enumerate(texts):
            result[row] = self._topics(self.counted.vectors([text])[0])
        return result / result.sum(axis=1, keepdims=True) if self.normalize else result

    def _topics(self, counts: Any) -> Any:
        from scipy.special import psi

        (present,) = counts.nonzero()
        here, times = self._likely[:, present], counts[present]
        found = np.full(len(self.topics), self.prior + times.sum() / len(self.topics))
        for _ in range(self.rounds if len(present) else 0):
            share = np.exp(psi(found) - psi(found.sum()))
            found = self.prior + share * (here @ (times / (share @ here + 1e-100)))
        return found


TEXT_OPERATIONS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (HashedText, VocabularyText, TopicText, TokenText)
}


def text_to_json(operation: Any) -> dict[str, Any]:
    """Return an operation as stored in `encoder.json`."""
    fields = {item.name: getattr(operation, item.name) for item in dataclasses.fields(operation) if item.init}
    return {
        "text": type(operation).__name__,
        **{name: text_to_json(value) if dataclasses.is_dataclass(value) else value for name, value in fields.items()},
    }


def text_from_json(value: dict[str, Any]) -> TextOperation:
    """Read what text_to_json wrote; KeyError, TypeError or ValueError if it is no operation on texts."""
    fields = {name: _read(item) for name, item in value.items() if name not in ("text", "plan")}
    operation: TextOperation = TEXT_OPERATIONS[value["text"]](**fields)
    return operation


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return text_from_json(value)
    return tuple(_read(item) for item in value) if isinstance(value, list) else value


def inverse_frequency(documents: int, frequency: int) -> float:
    """Return the logarithm of the number of texts over the number of those with an n-gram."""
    return math.log(documents / frequency) if frequency else 0.0
