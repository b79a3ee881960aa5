"""Cleans text: the step that Preprocess Text adds to a column, for training and for rows to score alike.

Every pattern here is matched in time that grows with the text only; a user's pattern is matched by RE2. Only the
beginning of a long text is kept (tokens.MAX_CHARACTERS).
"""

import functools
import re
from dataclasses import dataclass

from studio.model.tokens import MAX_CHARACTERS
from studio.tables.regular_expressions import replace_matches
from studio.tables.schema import Cell

SENTENCE_MARK = " ||| "
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"[+-]?\d+(?:[.,:/-]\d+)*%?")
SPECIAL = re.compile(r"[^\w\s]|_")
SPLIT = re.compile(r"[^\w\s]+")
DUPLICATES = re.compile(r"(.)\1{2,}")
EDGES = ".,;:!?()[]{}<>\"'"
IRREGULAR = {"wo": "will", "ca": "can", "sha": "shall"}
NEGATION = re.compile(r"\b(wo|ca|sha)n['’]t\b", re.IGNORECASE)
CONTRACTION = re.compile(r"(?<=\w)(n['’]t|['’](?:re|ll|ve|m|d))\b", re.IGNORECASE)
EXPANDED = {"n't": " not", "'re": " are", "'ll": " will", "'ve": " have", "'m": " am", "'d": " would"}
VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class CleanText:
    """Clean a text by the chosen rules; a text of which nothing is left is missing.

    `pattern` and `replacement` are the user's; `stop_words` are removed, in any case, if there are any.
    """

    pattern: str = ""
    replacement: str = ""
    contractions: bool = False
    urls: bool = False
    emails: bool = False
    slashes: bool = False
    sentences: bool = False
    numbers: bool = False
    special: bool = False
    duplicates: bool = False
    lower: bool = False
    split: bool = False
    lemmas: bool = False
    stop_words: tuple[str, ...] = ()

    def apply(self, cell: Cell) -> Cell:
        """Return the cleaned text, None if it is missing or empty."""
        if not isinstance(cell, str):
            return None
        text = cell[:MAX_CHARACTERS]
        if self.pattern:
            text = (replace_matches(self.pattern, self.replacement, [text])[0] or "")[:MAX_CHARACTERS]
        if not self.sentences:
            return self._clean(text) or None
        parts = [self._clean(part) for part in SENTENCE_END.split(text)]
        return SENTENCE_MARK.join(part for part in parts if part) or None

    def _clean(self, text: str) -> str:
        if self.contractions:
            text = NEGATION.sub(lambda found: f"{IRREGULAR[found[1].lower()]} not", text)
            text = CONTRACTION.sub(lambda found: EXPANDED[found[1].lower().replace("’", "'")], text)
        if self.urls:
            text = URL.sub(" ", text)
        if self.slashes:
            text = text.replace("\\", "/")
        tokens = text.split()
        if self.emails:
            tokens = [token for token in tokens if "@" not in token or not EMAIL.fullmatch(token.strip(EDGES))]
        if self.numbers:
            tokens = [token for token in tokens if not NUMBER.fullmatch(token.strip(EDGES))]
        text = " ".join(tokens)
        if self.special:
            text = SPECIAL.sub(" ", text)
        elif self.split:
            text = SPLIT.sub(lambda found: f" {found[0]} ", text)
        if self.duplicates:
            text = DUPLICATES.sub(r"\1\1", text)
        if self.lower:
            text = text.lower()
        tokens = text.split()
        if self.stop_words:
            dropped = _as_set(self.stop_words)
            tokens = [token for token in tokens if token.lower() not in dropped]
        return " ".join(map(lemma, tokens) if self.lemmas else tokens)


@functools.lru_cache(maxsize=64)
def _as_set(stop_words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.lower() for word in stop_words)


def lemma(word: str) -> str:
    """Return an English word without the endings of plurals and of regular verb forms.

    References
    ----------
    M. Porter, An Algorithm for Suffix Stripping, Program 14 (1980), steps 1a and 1b, with -y kept in place of -i.
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha() and word.islower()):
        return word
    if word.endswith(("ies", "ied")):
        return f"{word[:-3]}y" if len(word) > 4 else word
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s"):
        return word if word.endswith(("ss", "us", "is")) else word[:-1]
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and VOWELS & set(stem) and not word.endswith("eed"):
            return _mended(stem)
    return word


def _mended(stem: str) -> str:
    """Return a stem with the -e or the single consonant that its ending took."""
    if stem.endswith(("at", "bl", "iz")):
        return f"{stem}e"
    if stem[-1] == stem[-2] and stem[-1] not in "aeioulsz":
        return stem[:-1]
    short = len(stem) > 2 and stem[-1] not in "aeiouwxy" and stem[-2] in VOWELS and stem[-3] not in VOWELS
    return f"{stem}e" if short and sum(letter in VOWELS for letter in stem) == 1 else stem
