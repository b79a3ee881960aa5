"""Finds HTTP functions that no request can reach, because functions with earlier names take all their requests."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from devhost.routes import Route, RouteTable, Segment
from devhost.runtime import HostError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
# What the value `(a|b)` of a parameter means: one of these words.
WORDS = re.compile(r"\((\w+(?:\|\w+)*)\)")


def check_reach(table: RouteTable) -> None:
    """Raise HostError if no request can reach a function, with its name and the name of the one in its way."""
    for index, route in enumerate(table.routes):
        hiding = _hiding(route, table.routes[:index])
        if hiding is not None:
            raise HostError(
                f"No request can reach the '{route.function.name}' function: the '{hiding.function.name}' function "
                f"takes them all. Routes are tried in the order of the functions' names, and the first that matches "
                f"wins. Rename one of the two, or narrow the route of '{hiding.function.name}'."
            )


def _hiding(route: Route, earlier: Sequence[Route]) -> Route | None:
    """Return a route in the way, if every method and form of this route is taken by earlier ones."""
    found = None
    for method, segments in itertools.product(route.methods or METHODS, _forms(route.segments)):
        found = next((one for one in earlier if one.takes_method(method) and _covers(one.segments, segments)), None)
        if found is None:
            return None
    return found


def _forms(segments: Sequence[Segment]) -> Iterator[tuple[Segment, ...]]:
    """Yield the template once for each combination of the words that its parameters may be."""
    return itertools.product(*(_words(segment) for segment in segments))


def _words(segment: Segment) -> Iterable[Segment]:
    named = WORDS.fullmatch(segment.value or "")
    if named is None or segment.is_optional:
        return (segment,)
    return [Segment(literal=word) for word in named[1].split("|")]


def _covers(mine: Sequence[Segment], theirs: Sequence[Segment]) -> bool:
    """Return whether every path of their template is one of mine."""
    for index, part in enumerate(theirs):
        if index == len(mine):
            return False
        if mine[index].is_catch_all:
            return True
        if part.is_catch_all or (part.is_optional and not mine[index].is_optional) or not _takes(mine[index], part):
            return False
    return all(part.is_optional or part.is_catch_all for part in mine[len(theirs) :])


def _takes(mine: Segment, theirs: Segment) -> bool:
    """Return whether my segment takes every value of theirs."""
    if mine.literal is not None:
        return theirs.literal is not None and theirs.literal.lower() == mine.literal.lower()
    if mine.value is None:
        return True
    if theirs.literal is not None:
        return re.fullmatch(mine.value, theirs.literal, re.IGNORECASE) is not None
    return mine.value == theirs.value
