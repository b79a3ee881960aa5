"""Data Factory expressions: parsed and evaluated in one pass, with the functions and variables in a scope.

Version 2 has `@concat('a', pipeline().parameters.x)`, `text @{…} text` and `@@`; version 1 has
`$$Text.Format('{0:yyyy}', SliceStart)`. Both consist of function calls, strings, numbers and names, so one reader
handles both.

References
----------
learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions; for version 1 the page "functions and
system variables".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import BadArgument
from studio.pipelines.adf.budget import (
    MAX_DOCUMENT_DEPTH,
    MAX_NESTING,
    Budget,
    LimitExceeded,
    check_number,
    is_nested_deeper,
)

# A quotation mark inside a string is '' in version 2 and \\' in version 1.
TEXTS = {False: r"'(?:[^']|'')*'", True: r"'(?:[^'\\]|\\.)*'"}
TOKENS = {
    dotted: re.compile(
        r"\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>" + text + r")|(?P<name>[A-Za-z_]\w*)"
        r"|(?P<mark>\?\.|\?\[|[()\[\],.]))"
    )
    for dotted, text in TEXTS.items()
}
LITERALS = {"true": True, "false": False, "null": None}
MAX_LENGTH, MAX_DEPTH = 8192, MAX_NESTING
# A message quotes this much of an expression or value, so that it can be stored and read.
MAX_QUOTE = 500

Function = Callable[..., Any]


class ExpressionError(BadArgument):
    """An expression that cannot be parsed or evaluated; the message quotes it."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__("BadParameterValue", f"The expression '{shortened(expression)}' {shortened(reason)}.")


def shortened(text: str, limit: int = MAX_QUOTE) -> str:
    """Return a text, cut off with an ellipsis if it has more than `limit` characters."""
    return text if len(text) <= limit else f"{text[:limit]}…"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may use: functions and, in version 1, variables, both by lower-case name."""

    functions: Mapping[str, Function]
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Parses and evaluates in one pass; `dotted` is for version 1, where a category precedes a function's name."""

    source: str
    scope: Scope
    dotted: bool
    budget: Budget
    position: int = 0
    depth: int = 0

    def read_all(self) -> Any:
        value = self.read()
        if self.source[self.position :].strip():
            raise self.error(f"has '{self.source[self.position :].strip()[:20]}' after its end")
        return value

    def read(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"is nested more than {MAX_DEPTH} deep")
        value = self.postfix(self.primary())
        self.depth -= 1
        return value

    def primary(self) -> Any:
        kind, text = self.take()
        if kind == "number":
            return self.number(text)
        if kind == "text":
            return self.unquote(text)
        if kind == "name":
            return self.name(text)
        raise self.error("ends too early" if kind is None else f"has '{text}' where a value is expected")

    def number(self, text: str) -> float:
        # Longer than any number of 64 bits, and than Python reads at once.
        value = float(text) if re.search(r"[.eE]", text) or len(text) > 40 else int(text)
        try:
            check_number(value)
        except LimitExceeded as error:
            raise self.error(str(error)) from error
        return value

    def name(self, text: str) -> Any:
        while self.dotted and self.peek()[1] == ".":
            self.take()
            _, part = self.take()
            text += f".{part}"
        if self.peek()[1] == "(":
            return self.call(text)
        if text.lower() in LITERALS:
            return LITERALS[text.lower()]
        if text.lower() in self.scope.variables:
            return self.scope.variables[text.lower()]
        known = ", ".join(sorted(self.scope.variables))
        raise self.error(f"uses the unknown variable '{text}'" + (f"; known variables: {known}" if known else ""))

    def call(self, name: str) -> Any:
        function = self.scope.functions.get(name.lower())
        if function is None:
            raise self.error(f"calls the unknown function '{name}'")
        arguments = self.arguments()
        try:
            self.budget.count_call()
            for argument in arguments:
                self.budget.count(argument)
            found = function(*arguments)
            self.budget.count(found)
            return found
        except LimitExceeded as error:
            raise self.error(f"{error} in {name}") from error
        except BadArgument as error:
            raise self.error(f"fails in {name}: {error.message.rstrip('.')}") from error
        except (TypeError, AttributeError) as error:
            raise self.error(f"calls {name} with {len(arguments)} arguments that it does not accept") from error
        except RecursionError as error:
            raise self.error(f"fails in {name}: it is nested too deep") from error
        except (ValueError, KeyError, IndexError, OverflowError, ZeroDivisionError) as error:
            reason = (str(error.args[0]) if isinstance(error, KeyError) else str(error)) or type(error).__name__
            raise self.error(f"fails in {name}: {reason}") from error

    def arguments(self) -> list[Any]:
        self.expect("(")
        found: list[Any] = []
        if self.peek()[1] == ")":
            self.take()
            return found
        while True:
            found.append(self.read())
            _, mark = self.take()
            if mark == ")":
                return found
            if mark != ",":
                raise self.error("ends too early" if mark is None else f"has '{mark}' where ',' or ')' is expected")

    def postfix(self, value: Any) -> Any:
        while True:
            kind, text = self.peek()
            if kind != "mark" or text not in (".", "?.", "[", "?["):
                return value
            self.take()
            if text.endswith("."):
                _, key = self.take()
            else:
                key = self.read()
                self.expect("]")
            value = self.member(value, key, optional=text.startswith("?"))

    def member(self, value: Any, key: Any, *, optional: bool) -> Any:
        if isinstance(value, Mapping):
            for name, item in value.items():
                if str(name).lower() == str(key).lower():
                    return item
        elif isinstance(value, list) and isinstance(key, int) and -1 < key < len(value):
            return value[key]
        if optional:
            return None
        known = f"; known names: {', '.join(map(str, value))}" if isinstance(value, Mapping) and value else ""
        raise self.error(f"uses '{key}', which does not exist{known}")

    def unquote(self, text: str) -> str:
        inner = text[1:-1]
        # A quotation mark is \' in version 1 and '' in version 2.
        return re.sub(r"\\(.)", r"\1", inner) if self.dotted else inner.replace("''", "'")

    def peek(self) -> tuple[str | None, Any]:
        match = TOKENS[self.dotted].match(self.source, self.position)
        return (match.lastgroup, match[match.lastgroup or 0]) if match else (None, None)

    def take(self) -> tuple[str | None, Any]:
        match = TOKENS[self.dotted].match(self.source, self.position)
        if match is None:
            rest = self.source[self.position :].strip()
            if rest:
                raise self.error(f"cannot be parsed at '{rest[:20]}'")
            return None, None
        self.position = match.end()
        return match.lastgroup, match[match.lastgroup or 0]

    def expect(self, mark: str) -> None:
        _, text = self.take()
        if text != mark:
            raise self.error(f"is missing '{mark}'")

    def error(self, reason: str) -> ExpressionError:
        return ExpressionError(self.source, reason)


def evaluate(value: Any, scope: Scope) -> Any:
    """Return a JSON value with every version 2 expression in it evaluated, including those in lists and objects.

    Raises
    ------
    ExpressionError
        If an expression is invalid; quotes it and says what is wrong.
    """
    check_nesting(value)
    return _evaluate(value, scope, Budget())


def _evaluate(value: Any, scope: Scope, budget: Budget) -> Any:
    if isinstance(value, dict):
        if value.get("type") == "Expression" and set(value) <= {"type", "value"}:
            return _evaluate(value.get("value"), scope, budget)
        return {name: _evaluate(item, scope, budget) for name, item in value.items()}
    if isinstance(value, list):
        return [_evaluate(item, scope, budget) for item in value]
    return _evaluate_text(value, scope, budget) if isinstance(value, str) else value


def check_nesting(value: Any) -> None:
    """Raise BadArgument if a JSON value is nested deeper than a document may be."""
    if is_nested_deeper(value, MAX_DOCUMENT_DEPTH):
        raise BadArgument(
            "RequestBodyInvalid",
            f"A document, with the expressions in it, may be nested at most {MAX_DOCUMENT_DEPTH} deep.",
        )


def _evaluate_text(text: str, scope: Scope, budget: Budget) -> Any:
    """Evaluate a string: `@…` is an expression, `@{…}` is interpolated, a leading `@@` is an at sign."""
    if text.startswith("@@"):
        return text[1:]
    if text.startswith("@") and not text.startswith("@{"):
        return _read(text[1:], scope, budget, dotted=False)
    parts, position = [], 0
    while (start := text.find("@{", position)) >= 0:
        if text[start - 1 : start] == "@":
            parts.append(text[position : start - 1] + "@{")
            position = start + 2
            continue
        end = _closing(text, start + 2)
        found = as_text(_read(text[start + 2 : end], scope, budget, dotted=False))
        try:
            budget.count(found)
        except LimitExceeded as error:
            raise ExpressionError(text, str(error)) from error
        parts += [text[position:start], found]
        position = end + 1
    return "".join([*parts, text[position:]])


def evaluate_v1(value: Any, scope: Scope) -> Any:
    """Return a JSON value with every version 1 (`$$`) expression in it evaluated."""
    check_nesting(value)
    return _evaluate_v1(value, scope, Budget())


def _evaluate_v1(value: Any, scope: Scope, budget: Budget) -> Any:
    if isinstance(value, dict):
        return {name: _evaluate_v1(item, scope, budget) for name, item in value.items()}
    if isinstance(value, list):
        return [_evaluate_v1(item, scope, budget) for item in value]
    if isinstance(value, str) and value.startswith("$$"):
        return _read(value[2:], scope, budget, dotted=True)
    return value


def as_text(value: Any) -> str:
    """Return a value as text, as string interpolation writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)


def _read(source: str, scope: Scope, budget: Budget, *, dotted: bool) -> Any:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(source[:40] + "…", f"has more than {MAX_LENGTH} characters")
    return _Reader(source, scope, dotted, budget).read_all()


def _closing(text: str, start: int) -> int:
    """Return the position of the brace that ends an interpolation, ignoring braces inside strings."""
    in_text = False
    for position in range(start, len(text)):
        if text[position] == "'":
            in_text = not in_text
        elif text[position] == "}" and not in_text:
            return position
    raise ExpressionError(text, "is missing '}'")
