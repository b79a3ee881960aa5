"""Routing: which deployment of an endpoint answers a row, when it has more than its current models.

A row's key - the value of a header or of a column, or the row itself - has one of 65,536 places, and each place belongs
to a deployment. Places are given out by weighted rendezvous hashing: when a deployment's share grows, it takes places
from others, and no place moves between two whose shares stay. So the same caller keeps its model as far as possible,
in every process and after every restart.
"""

import hashlib
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import orjson

from studio.errors import StudioError
from studio.registry.deployments import CURRENT, Resource, models_id
from studio.registry.endpoints import Endpoint
from studio.serving.traffic import Meter
from studio.serving.traffic_rows import EDGES

PLACES = 1 << 16
# What a longer value has behind this many characters decides nothing.
MAX_KEY = 1024
# The response's header that names the deployments that answered.
HEADER = "x-perennial-deployment"


@dataclass(frozen=True, slots=True)
class Route:
    """A deployment that answers rows: its name, its resources, and what identifies these models."""

    name: str
    resources: dict[str, Resource]
    variant: str


@dataclass(frozen=True, slots=True)
class Router:
    """The deployments of an endpoint, and the one that each place belongs to, as its position in `routes`."""

    routes: tuple[Route, ...]
    places: bytes
    header: str
    column: str

    def routing(self, headers: Mapping[str, str]) -> "Routing":
        """Return how to route one request."""
        value = headers.get(self.header) if self.header else None
        return Routing(self, self.place(_key(value)) if value else None)

    def place(self, key: bytes) -> int:
        """Return the position of the route that a key belongs to."""
        return self.places[crc32(key) & (PLACES - 1)]


class Routing:
    """The routing of one request: which deployments answered it, how long each took, and which one failed.

    Parameters
    ----------
    chosen
        The position of the route that answers all rows; None if each row decides.
    """

    __slots__ = ("_failing", "_router", "_seconds", "chosen", "routes")

    def __init__(self, router: Router, chosen: int | None) -> None:
        self._router = router
        # The deployments of the endpoint; the current models are the first.
        self.routes = router.routes
        self.chosen = chosen
        self._seconds: dict[int, float] = {}
        self._failing: int | None = None

    @property
    def answered(self) -> str:
        """The names of the deployments that answered, in the order of the endpoint."""
        return ", ".join(self.routes[number].name for number in sorted(self._seconds))

    @property
    def headers(self) -> dict[str, str]:
        """The response's header that says who answered."""
        return {HEADER: self.answered}

    def choose(self, content: bytes) -> Route:
        """Return the deployment that answers a whole request, which no part of it can be taken out of."""
        number = self._router.place(content) if self.chosen is None else self.chosen
        self.begin(number)
        return self.routes[number]

    def split(self, value: Any, rows: Sequence[Sequence[Any]]) -> list[tuple[int, Any]]:
        """Return which rows of a request each deployment answers.

        Parameters
        ----------
        value
            The input as received, a table or a list of objects of valid form, which may have the key's column.
        rows
            The cells of each row, in the order of the current models' columns.

        Returns
        -------
        list of (int, ndarray or None)
            The position of a route and those of its rows, in order; None for all rows. At least one.
        """
        if self.chosen is not None or len(self.routes) == 1 or not rows:
            return [(self.chosen or 0, None)]
        keys = _column(value, self._router.column) if self._router.column else None
        if len(rows) == 1:
            key = keys[0] if keys else None
            content = _key(key) if key is not None else _cells(rows[0])
            return [(self._router.place(content), None)]
        hashes = np.array(_hashes(keys, rows), np.uint32) & np.uint32(PLACES - 1)
        chosen = np.frombuffer(self._router.places, np.uint8)[hashes]
        found = [int(number) for number in np.flatnonzero(np.bincount(chosen))]
        if len(found) == 1:
            return [(found[0], None)]
        return [(number, np.flatnonzero(chosen == number)) for number in found]

    def begin(self, number: int) -> None:
        """Note that a deployment works from now on, until the end is noted or the request is counted."""
        if self._failing == number:
            return
        self.end()
        self._failing = number
        self._seconds[number] = self._seconds.get(number, 0.0) - time.perf_counter()

    def end(self) -> None:
        """Note that the deployment that worked has done so for now."""
        if self._failing is not None:
            self._seconds[self._failing] += time.perf_counter()
            self._failing = None

    def add(self, number: int, seconds: float) -> None:
        """Note that a deployment worked for so long, together with others."""
        self._seconds[number] = self._seconds.get(number, 0.0) + seconds

    def count(self, meter: Meter, error: BaseException | None) -> None:
        """Count the request for the deployments that answered it, or for the one that failed."""
        failing = self._failing
        self.end()
        if error is None:
            for number, seconds in self._seconds.items():
                meter.of_models(self.routes[number].variant).buckets[bisect_left(EDGES, seconds)] += 1
        elif failing is not None:
            counts = meter.of_models(self.routes[failing].variant)
            counts.buckets[bisect_left(EDGES, self._seconds[failing])] += 1
            counts.count_error(error.status if isinstance(error, StudioError) else 500)


def make_router(endpoint: Endpoint) -> Router | None:
    """Return the router of an endpoint; None while its current models answer alone."""
    deployments = endpoint.deployments
    if not deployments.others:
        return None
    all_ = [(CURRENT, deployments.current_share, endpoint.resources)]
    all_ += [(item.name, item.share, item.resources) for item in deployments.others]
    routes = tuple(
        Route(name, {item.name: item for item in resources}, models_id(resources)) for name, _, resources in all_
    )
    places = give_out(endpoint.id, tuple((name, share) for name, share, _ in all_))
    return Router(routes, places, deployments.header, deployments.column)


@lru_cache(maxsize=128)
def give_out(seed: str, shares: tuple[tuple[str, int], ...]) -> bytes:
    """Return the position of the deployment that each place belongs to.

    Parameters
    ----------
    seed
        What makes the places of one endpoint others than those of the next.
    shares
        The name and the share of each deployment.

    References
    ----------
    Schindelhauer and Schomaker, "Weighted distributed hash tables" (2005), the logarithmic method.
    """
    scores = np.zeros((len(shares), PLACES))
    for row, (name, share) in zip(scores, shares, strict=True):
        drawn = np.frombuffer(hashlib.shake_128(f"{seed}/{name}".encode()).digest(4 * PLACES), "<u4")
        row[:] = -share / np.log((drawn + 0.5) / 2**32)
    return scores.argmax(axis=0).astype(np.uint8).tobytes()


def _hashes(keys: list[Any] | None, rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return the hash of the key of each row; a row without a key has its own cells."""
    if keys is None:
        try:
            return [crc32(orjson.dumps(row)) for row in rows]
        except TypeError:
            return [crc32(_cells(row)) for row in rows]
    if set(map(type, keys)) == {str}:
        return [crc32(key[:MAX_KEY].strip().encode(errors="replace")) for key in keys]
    return [crc32(_cells(row) if key is None else _key(key)) for key, row in zip(keys, rows, strict=True)]


def _cells(row: Sequence[Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        # Lists nested too deep to be written are no cells: whichever model is asked refuses them.
        return b""


def _column(value: Any, name: str) -> list[Any] | None:
    """Return the cells of a column of an input as received, None if it has no such column."""
    if isinstance(value, list):
        return [row.get(name) for row in value]
    names = value["ColumnNames"]
    if name not in names:
        return None
    position = names.index(name)
    return [row[position] for row in value["Values"]]


def _key(value: Any) -> bytes:
    """Return a key as bytes: the number 5 and the text 5 are the same caller."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:MAX_KEY].strip().encode(errors="replace")
