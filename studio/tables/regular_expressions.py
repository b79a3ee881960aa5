"""Regular expressions of users, matched in time that grows with the text only.

RE2, which comes with Arrow, does the matching: it never goes back in the text, so no pattern can stop a process. It
runs without Python's lock, so that other work goes on beside it. What users write is Python's syntax; `_translate`
rewrites the parts that RE2 writes differently and refuses what it cannot do.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

MAX_LENGTH = 1000
MAX_REPLACEMENT = 100
# The number of characters, classes and groups once repetitions are written out: `(ab){3}` has 6.
MAX_SIZE = 1000
CHUNK_CELLS = 10_000
# What stands for a group in a replacement, by .NET or Python; any other backslash is a backslash.
GROUP_REFERENCE = re.compile(r"(?:[\\$](?=\d))(\d)|\\")

TOKEN = re.compile(
    r"\\(?P<escape>x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[pP]\{\^?\w+\}|[0-9]{1,3}|.)"
    r"|(?P<named>\(\?P?<[A-Za-z_]\w*>)|(?P<group>\(\?[^:)]{0,3}[:)]?)"
    r"|\{(?P<low>\d{0,4})(?P<comma>,?)(?P<high>\d{0,4})\}|(?P<one>.)",
    re.DOTALL,
)
# In RE2 these classes contain ASCII only; the ranges are what Python's contain.
CLASSES = {
    "d": r"\p{Nd}",
    "w": r"\p{L}\p{N}_",
    "s": r"\t-\r\x1c-\x1f\x{85}\p{Z}",
    "D": r"\P{Nd}",
    "S": r"\x00-\x08\x0e-\x1b!-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}"
    r"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}",
}
NOT_SUPPORTED = (
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?P=", "a back reference"),
    ("(?(", "a condition"),
    ("(?>", "an atomic group"),
    ("(?#", "a comment"),
)


class PatternError(ValueError):
    """A regular expression that cannot be used; the message says why."""


def find_matches(pattern: str, cells: Sequence[str | None]) -> Any:
    """Return which cells a pattern matches anywhere; a missing cell matches nothing.

    Returns
    -------
    ndarray of shape (n_cells,), bool

    Raises
    ------
    PatternError
        If the pattern is too long or large, or not valid.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    translated = _translate(pattern)
    found = []
    # An empty pattern's answer is needed too, so that a pattern that is not valid is refused without cells.
    for start in range(0, max(len(cells), 1), CHUNK_CELLS):
        texts = pa.array(cells[start : start + CHUNK_CELLS], pa.string())
        try:
            found.append(pc.fill_null(pc.match_substring_regex(texts, translated), False).to_numpy(False))
        except pa.ArrowInvalid as error:
            raise PatternError(f"{str(error).partition(': ')[2] or error}") from error
    return np.concatenate(found)


def replace_matches(pattern: str, replacement: str, cells: Sequence[str | None]) -> list[str | None]:
    """Return the cells with every match replaced; `\\1` or `$1` in the replacement is the text of a group.

    Raises
    ------
    PatternError
        If the pattern is too long or large, or not valid, or the replacement names a group that it has not.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    translated = _translate(pattern)
    if len(replacement) > MAX_REPLACEMENT:
        raise PatternError(f"the replacement has {len(replacement)} characters; at most {MAX_REPLACEMENT} are accepted")
    written = GROUP_REFERENCE.sub(lambda found: rf"\{found[1]}" if found[1] else r"\\", replacement)
    try:
        found = pc.replace_substring_regex(pa.array(cells, pa.string()), translated, written)
    except pa.ArrowInvalid as error:
        raise PatternError(f"{str(error).partition(': ')[2] or error}") from error
    replaced: list[str | None] = found.to_pylist()
    return replaced


def _translate(pattern: str) -> str:
    """Return the pattern as RE2 writes it."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"it has {len(pattern)} characters; at most {MAX_LENGTH} are accepted")
    size = _Size()
    parts: list[str] = []
    in_brackets = False
    for token in TOKEN.finditer(pattern):
        text = token[0]
        if token["escape"] is not None:
            parts.append(_escape(token["escape"], in_brackets))
            text = "a"
        elif in_brackets:
            # A `]` that comes first is a member, not the end.
            first = parts[-1] == "[" or parts[-2:] == ["[", "^"]
            in_brackets = text != "]" or first
            parts.extend(text)
            continue
        else:
            parts.append(_outside(token, pattern))
            in_brackets = text == "["
        size.add(token, text)
    return "".join(parts)


def _outside(token: re.Match[str], pattern: str) -> str:
    """Return a token that is neither an escape nor in brackets."""
    text = token[0]
    for start, what in NOT_SUPPORTED:
        if text.startswith(start):
            raise PatternError(f"{what} ({text}…) is not supported, because matching it can take forever")
    if text == "$" and not re.search(r"\(\?[a-z]*m", pattern):
        return r"(?:\n?\z)"
    if token["comma"] and not token["low"]:
        return f"{{0,{token['high']}}}" if token["high"] else "*"
    return text


def _escape(escape: str, in_brackets: bool) -> str:
    if escape in CLASSES:
        return CLASSES[escape] if in_brackets else f"[{CLASSES[escape]}]"
    if escape == "W":
        if in_brackets:
            raise PatternError(r"\W in brackets is not supported; name what is meant, such as [^\w-] or [ .,;]")
        return f"[^{CLASSES['w']}]"
    if escape[0] in "uU":
        return f"\\x{{{escape[1:]}}}"
    if escape == "Z":
        return r"\z"
    if escape[0] in "123456789" and not in_brackets and len(escape) < 3:
        raise PatternError(f"a back reference (\\{escape}) is not supported, because matching it can take forever")
    if escape == "_" or ord(escape[0]) > 127:
        return escape
    return f"\\{escape}"


class _Size:
    """Adds up the size of a pattern, with repetitions written out."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._total = self._last = 0

    def add(self, token: re.Match[str], text: str) -> None:
        """Add a token that is not inside brackets."""
        if text.startswith("(?") and text.endswith(")"):
            return
        if text.startswith("("):
            self._open.append(self._total)
            self._total = self._last = 0
        elif text == ")":
            self._last = self._total + 1
            self._total = self._last + (self._open.pop() if self._open else 0)
        elif token["comma"] is not None and (token["low"] or token["high"]):
            times = max(int(token["high"] or token["low"]), 1)
            self._total += self._last * (times - 1)
            self._last *= times
        elif text not in ("*", "+", "?", "|"):
            self._total, self._last = self._total + 1, 1
        if self._total > MAX_SIZE:
            raise PatternError(f"it is too large: with its repetitions written out, it has more than {MAX_SIZE} parts")
