"""Functions' route templates: literals, `{name}`, `{name?}`, `{name:constraint}` and `{*rest}`.

References
----------
learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger (route constraints) and
learn.microsoft.com/aspnet/core/fundamentals/routing (template precedence).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from devhost.runtime import Function

CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "bool": r"(?i:true|false)",
    "alpha": r"[A-Za-z]+",
    "guid": r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}",
    "double": r"-?\d+(?:\.\d+)?",
    "decimal": r"-?\d+(?:\.\d+)?",
    "float": r"-?\d+(?:\.\d+)?",
    "datetime": r"[^/]+",
}
SEGMENT = re.compile(r"\{(?P<star>\**)(?P<name>\w+)(?::(?P<constraint>.+?))?(?P<optional>\?)?\}$")
LITERAL, CONSTRAINED, PARAMETER, CATCH_ALL = range(4)
# Limits on cached paths, in segments, characters and number: requests must not be able to fill the memory.
MAX_KEPT_LENGTH, MAX_KEPT_PATH, MAX_KEPT_MATCHES = 32, 512, 1024


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's template as a regular expression; lower `precedence` is tried first."""

    function: Function
    methods: frozenset[str]
    pattern: re.Pattern[str]
    precedence: tuple[int, ...]

    shortest: int
    ending: str

    def takes(self, length: int, ending: str) -> bool:
        """Return whether a path with this number of segments and this last segment may match."""
        longest = float("inf") if CATCH_ALL in self.precedence else len(self.precedence)
        return self.shortest <= length <= longest and self.ending in ("", ending)

    @property
    def is_catch_all(self) -> bool:
        """Whether the template is a bare `{*rest}`, which matches only what no other route does."""
        return self.precedence == (CATCH_ALL,)


class RouteTable:
    """Routes indexed by number of segments and last segment, most specific first, so few are tried per request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = sorted(routes, key=lambda route: route.precedence)
        self._endings = {route.ending for route in self.routes}
        self._kept: dict[tuple[int, str], list[Route]] = {}

        # Callers request the same paths again and again.
        self.known = lru_cache(MAX_KEPT_MATCHES)(self.search)

    def search(self, method: str, path: str) -> "Match | None":
        """Return the route that matches a request; raises the same errors as find_match."""
        allowed: set[str] = set()
        for route in self.candidates(path):
            found = route.pattern.match(path)
            if found is None:
                continue
            if route.is_catch_all and allowed:
                break
            if method in route.methods:
                values = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
                return Match(route, values)
            allowed |= route.methods
        if allowed:
            raise MethodNotAllowed(allowed)
        return None

    def candidates(self, path: str) -> list[Route]:
        """Return the routes that may match a path."""
        segments = [segment for segment in path.split("/") if segment]
        last = segments[-1].lower() if segments else ""
        key = (len(segments), last if last in self._endings else "")
        found = self._kept.get(key)
        if found is None:
            found = [route for route in self.routes if route.takes(*key)]
            if len(segments) <= MAX_KEPT_LENGTH:
                self._kept[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Match:
    """A route that matches the request, with the values of its parameters."""

    route: Route
    values: dict[str, str]


class MethodNotAllowed(Exception):
    """The path exists, but only with other methods."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = sorted(allowed)
        super().__init__(", ".join(self.allowed))


def compile_route(function: Function, prefix: str) -> Route:
    """Compile a function's route template, or its name if it has none, into a Route."""
    trigger: dict[str, Any] = function.trigger
    template = "/".join(part for part in (prefix, trigger.get("route") or function.name) if part).strip("/")
    expression, precedence, shortest, ending = "", [], 0, ""
    for segment in filter(None, template.split("/")):
        text, rank = _compile_segment(segment)
        expression += text
        precedence.append(rank)
        shortest += not text.endswith(")?")
        ending = segment.lower() if rank == LITERAL else ""
    methods = frozenset(method.upper() for method in trigger.get("methods") or ("GET", "POST"))
    # Template literals are case-insensitive, as in ASP.NET.
    return Route(function, methods, re.compile(f"^{expression}/?$", re.IGNORECASE), tuple(precedence), shortest, ending)


def _compile_segment(segment: str) -> tuple[str, int]:
    parameter = SEGMENT.match(segment)
    if parameter is None:
        return "/" + re.escape(segment), LITERAL
    name, constraint = parameter["name"], parameter["constraint"]
    if parameter["star"]:
        return f"(?:/(?P<{name}>.*))?", CATCH_ALL
    value = _constraint_pattern(constraint) if constraint else "[^/]+"
    captured = f"/(?P<{name}>{value})"
    rank = CONSTRAINED if constraint else PARAMETER
    return (f"(?:{captured})?" if parameter["optional"] else captured), rank


def _constraint_pattern(constraint: str) -> str:
    called = re.fullmatch(r"(\w+)\((.*)\)", constraint)
    if called is None:
        return CONSTRAINTS[constraint]
    name, argument = called.groups()
    bounds = [part.strip() for part in argument.split(",")]
    match name:
        case "regex":
            return argument.removeprefix("^").removesuffix("$").replace("{{", "{").replace("}}", "}")
        case "length":
            return f"[^/]{{{','.join(bounds)}}}"
        case "minlength":
            return f"[^/]{{{bounds[0]},}}"
        case "maxlength":
            return f"[^/]{{1,{bounds[0]}}}"
    raise ValueError(f"Route constraint '{constraint}' is not supported by the development host.")


def compile_routes(functions: Iterable[Function], prefix: str) -> RouteTable:
    """Compile every HTTP function's route."""
    return RouteTable(compile_route(function, prefix) for function in functions if function.kind == "httpTrigger")


def find_match(table: RouteTable, method: str, path: str) -> Match | None:
    """Return the route that matches this request, or None.

    Raises
    ------
    MethodNotAllowed
        If the path exists only with other methods (a bare catch-all does not count).
    """
    return table.known(method, path) if len(path) <= MAX_KEPT_PATH else table.search(method, path)
