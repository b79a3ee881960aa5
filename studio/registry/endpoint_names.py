"""The names of a workspace's endpoints, kept in memory for as long as no endpoint changes.

Ten thousand endpoints take ten calls to read, one after another. The change token (studio/registry/endpoints.py), which
is renewed with every endpoint that is made, changed or deleted, says with one call whether what was read still holds.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from studio.errors import NotFound
from studio.registry.endpoints import Endpoint, get_endpoint, list_endpoints, read_change_token
from studio.storage.account import Storage
from studio.storage.rows import list_rows

MAX_NAMES = 200_000
# A process that dies between a new endpoint and its change token is not waited for longer.
KEPT_SECONDS = 60.0
# Of more that match, all are read in pages rather than each by itself.
FEW, AT_ONCE = 50, 8


@dataclass(frozen=True, slots=True)
class Names:
    """The web service's id and the name of each endpoint by its id, and how many endpoints each web service has."""

    endpoints: Mapping[str, tuple[str, str]]
    counts: Mapping[str, int]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = ""
    until: float = 0.0
    names: Names | None = None


def read_names(storage: Storage, workspace_id: str) -> Names:
    """Read the names of a workspace's endpoints."""
    rows = list_rows(
        storage.table("endpoints"), workspace_id, select=["PartitionKey", "RowKey", "WebServiceId", "Name"]
    )
    found = {row["RowKey"]: (row["WebServiceId"], row["Name"]) for row in rows}
    return Names(found, Counter(service_id for service_id, _ in found.values()))


class EndpointNames:
    """The names of the workspaces that this process was asked for lately; safe to share between threads.

    Callers that ask for the same workspace at once share one reading of it.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        read: Callable[[Storage, str], Names] = read_names,
        most: int = MAX_NAMES,
    ) -> None:
        self._clock, self._read, self._most = clock, read, most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, storage: Storage, workspace_id: str) -> Names:
        """Return the names of a workspace's endpoints as they are now."""
        with self._lock:
            kept = self._known.setdefault(workspace_id, _Kept())
            self._known.move_to_end(workspace_id)
        with kept.lock:
            # Before the rows: what changes while they are read renews it.
            token = read_change_token(storage)
            if kept.names is not None and token == kept.token and self._clock() < kept.until:
                return kept.names
            names = self._read(storage, workspace_id)
            kept.token, kept.until, kept.names = token, self._clock() + KEPT_SECONDS, names
        self._forget_oldest()
        return names

    def _forget_oldest(self) -> None:
        """Keep the workspaces that were asked for last, with at most MAX_NAMES endpoints; each counts as one more."""
        with self._lock:
            known = {key: 1 + (len(kept.names.endpoints) if kept.names else 0) for key, kept in self._known.items()}
            total = sum(known.values())
            for key in list(self._known)[:-1]:
                if total <= self._most:
                    break
                total -= known[key]
                del self._known[key]


def search_endpoints(
    storage: Storage, names: EndpointNames, workspace_id: str, service_id: str, wanted: str, after: str = ""
) -> Iterator[Endpoint]:
    """Yield the endpoints of a service whose names contain a text, in order of their ids, starting after an id.

    Only those are read, if they are few, instead of the thousands that a service may have.
    """
    known = names.get(storage, workspace_id).endpoints if wanted else {}
    ids = sorted(id_ for id_, (of, name) in known.items() if of == service_id and wanted in name and id_ > after)
    if not wanted or len(ids) > FEW:
        yield from (item for item in list_endpoints(storage, workspace_id, service_id, after) if wanted in item.name)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from filter(None, pool.map(lambda id_: _find(storage, workspace_id, id_), ids))


def _find(storage: Storage, workspace_id: str, id_: str) -> Endpoint | None:
    """Return an endpoint; None if it was deleted a moment ago."""
    try:
        return get_endpoint(storage, workspace_id, id_)
    except NotFound:
        return None
