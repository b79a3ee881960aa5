"""Functions' route templates: literals, `{name}`, `{name?}`, `{name:constraint}` and `{*rest}`, and how one is found.

As in the real host, routes are tried in the order of the functions' names and the first that matches, method
included, takes the request. A path is decoded before it is matched, so `%2F` separates segments.

References
----------
azure-functions-host: FunctionMetadataManager (the order), WebScriptHostHttpRoutesManager (methods are a constraint),
ScriptHost.ValidateHttpFunction (reserved routes); azure-webjobs-sdk-extensions: WebJobsRouteBuilder; and
learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger (route constraints).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from devhost.runtime import Function, HostError

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
PARAMETER = re.compile(r"\{(?P<star>\**)(?P<name>\w+)(?::(?P<constraint>.+?))?(?P<optional>\?)?\}$")
RESERVED = ("admin", "runtime")
# Limits on cached paths, in segments, characters and number: requests must not be able to fill the memory.
MAX_KEPT_LENGTH, MAX_KEPT_PATH, MAX_KEPT_MATCHES = 32, 512, 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a template: a literal, or a parameter with an expression for its value (None: any value)."""

    literal: str | None = None
    name: str = ""
    value: str | None = None
    is_optional: bool = False
    is_catch_all: bool = False

    @property
    def expression(self) -> str:
        """The regular expression for this part of a path, with the slash before it."""
        if self.literal is not None:
            return "/" + re.escape(self.literal)
        if self.is_catch_all:
            return f"(?:/(?P<{self.name}>.*))?"
        captured = f"/(?P<{self.name}>{self.value or '[^/]+'})"
        return f"(?:{captured})?" if self.is_optional else captured


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's template as a regular expression; without `methods` it takes every method."""

    function: Function
    methods: frozenset[str]
    segments: tuple[Segment, ...]
    pattern: re.Pattern[str]

    def takes(self, length: int, ending: str) -> bool:
        """Return whether a path with this number of segments and this last segment may match."""
        shortest = sum(not (part.is_optional or part.is_catch_all) for part in self.segments)
        longest = float("inf") if any(part.is_catch_all for part in self.segments) else len(self.segments)
        return shortest <= length <= longest and self.ending in ("", ending)

    def takes_method(self, method: str) -> bool:
        """Return whether requests with this method may match."""
        return not self.methods or method in self.methods

    @property
    def ending(self) -> str:
        """The template's last segment in lower case if it is a literal, else nothing."""
        return (self.segments[-1].literal or "").lower() if self.segments else ""


@dataclass(frozen=True, slots=True)
class Match:
    """A route that matches the request, with the values of its parameters."""

    route: Route
    values: dict[str, str]


class RouteTable:
    """Routes in the order of names, indexed by number of segments and last segment, so few are tried per request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        # .NET compares without regard to case as upper case, in which `_` comes after the letters.
        self.routes = sorted(routes, key=lambda route: route.function.name.upper())
        self._endings = {route.ending for route in self.routes}
        self._kept: dict[tuple[int, str], list[Route]] = {}

        # Callers request the same paths again and again.
        self.known = lru_cache(MAX_KEPT_MATCHES)(self.search)

    def search(self, method: str, path: str) -> Match | None:
        """Return the first route that takes the method and the path, as it was sent."""
        decoded = unquote(path)
        for route in self.candidates(decoded):
            found = route.pattern.match(decoded) if route.takes_method(method) else None
            if found is not None:
                return Match(route, {name: value for name, value in found.groupdict().items() if value})
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


def compile_route(function: Function, prefix: str) -> Route:
    """Compile a function's route template, or its name if it has none, into a Route.

    Raises HostError for a template under a reserved route.
    """
    trigger: dict[str, Any] = function.trigger
    own = str(trigger.get("route") or function.name).strip("/")
    if own.lower().startswith(RESERVED):
        raise HostError(f"The '{function.name}' function is in error: its route '{own}' conflicts with a built-in one.")
    template = f"{prefix}/{own}".strip("/")
    segments = tuple(_compile_segment(text) for text in template.split("/") if text)
    methods = frozenset(method.upper() for method in trigger.get("methods") or ())
    expression = "".join(segment.expression for segment in segments)
    # Template literals are case-insensitive, as in ASP.NET.
    pattern = re.compile(rf"{expression}/?\Z", re.IGNORECASE | re.DOTALL)
    return Route(function, methods, segments, pattern)


def _compile_segment(text: str) -> Segment:
    parameter = PARAMETER.match(text)
    if parameter is None:
        return Segment(literal=text)
    name, constraint = parameter["name"], parameter["constraint"]
    if parameter["star"]:
        return Segment(name=name, is_catch_all=True)
    value = _constraint_pattern(constraint) if constraint else None
    return Segment(name=name, value=value, is_optional=bool(parameter["optional"]))


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
    """Return the route that matches this request, or None; `path` is still encoded."""
    return table.known(method, path) if len(path) <= MAX_KEPT_PATH else table.search(method, path)
