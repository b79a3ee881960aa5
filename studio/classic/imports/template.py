"""Expressions of Azure Resource Manager templates: `[parameters('x')]`, `[concat('a', variables('y'))]`.

Only these functions can be worked out, and only with the values that whoever imports the file gives. A text that starts
with `[[` stands for one that starts with `[`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

FUNCTIONS = ("parameters", "variables", "concat")
MAX_LENGTH, MAX_TOKENS = 200_000, 1000
TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w.]*)|([(),]))")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: the names of the parameters and variables it takes, and what it is made of.

    `parts` are texts and, as (name,), names whose values are needed; None if it uses other functions.
    """

    names: tuple[str, ...]
    parts: tuple[str | tuple[str], ...] | None

    @property
    def is_one_name(self) -> bool:
        """Whether the expression is nothing but one parameter or variable."""
        return self.parts is not None and len(self.parts) == 1 and isinstance(self.parts[0], tuple)

    def work_out(self, values: Mapping[str, str]) -> str | None:
        """Return the text, or None unless all values it needs are given."""
        if self.parts is None or not all(name in values for name in self.names):
            return None
        return "".join(values[part[0]] if isinstance(part, tuple) else part for part in self.parts)


def find_expression(text: str | None) -> Expression | None:
    """Return the expression that a text of a template is, or None if it is plain text."""
    if not text or not text.startswith("[") or text.startswith("[[") or not text.endswith("]"):
        return None
    tokens = _tokens(text[1:-1])
    return _read(tokens) if tokens else None


def plain_text(text: str) -> str:
    """Return the text that a template's text without an expression stands for."""
    return text[1:] if text.startswith("[[") else text


def _tokens(text: str) -> list[tuple[str, str]] | None:
    """Return the tokens as (kind, text); None if the text is no expression."""
    tokens: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or len(tokens) >= MAX_TOKENS or len(text) > MAX_LENGTH:
            return None
        kind = "text" if found[1] is not None else "name" if found[2] else found[3]
        tokens.append((kind, (found[1] or "").replace("''", "'") if kind == "text" else found[2] or ""))
        at = found.end()
    return tokens


def _read(tokens: list[tuple[str, str]]) -> Expression | None:
    """Return the expression; None if the first token calls no function, since then the text is no expression."""
    if len(tokens) < 3 or tokens[0][0] != "name" or tokens[1][0] != "(":
        return None
    parts: list[str | tuple[str]] = []
    names: list[str] = []
    known, calls = True, [""]
    for place, (kind, text) in enumerate(tokens):
        if kind == "name":
            known = known and text.lower() in FUNCTIONS
        elif kind == "(":
            calls.append(tokens[place - 1][1].lower() if place and tokens[place - 1][0] == "name" else "")
        elif kind == ")":
            if len(calls) == 1:
                return None
            calls.pop()
        elif kind == "text" and calls[-1] in ("parameters", "variables"):
            names.append(text)
            parts.append((text,))
        elif kind == "text":
            parts.append(text)
    if len(calls) != 1:
        return None
    return Expression(tuple(dict.fromkeys(names)), tuple(parts) if known else None)
