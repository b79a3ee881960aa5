"""How many things of each kind a workspace has, and their names by id, kept for some seconds.

A page that asks every second what is new needs the names of what it shows. Those of endpoints, which may be many, are
kept until an endpoint changes (studio/registry/endpoint_names.py).
"""

import json
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from studio.experiments.keys import list_names
from studio.registry.endpoint_names import EndpointNames
from studio.serving.traffic_rows import HourCounts, read_services
from studio.storage.account import Storage
from studio.storage.rows import list_rows

KEPT_SECONDS, KEPT_WORKSPACES = 10.0, 64
# More datasets are counted as so many.
MAX_DATASETS = 20_000
KEYS = ["PartitionKey", "RowKey"]
HOURS = 24


@dataclass(frozen=True, slots=True)
class Directory:
    """The counts and names of a workspace's things.

    Parameters
    ----------
    counts
        How many there are, by the name that the API has for the kind.
    services
        The names of web services by id.
    endpoints
        The web service's id and the name of each endpoint by its id.
    experiments
        The names of experiments by their keys.
    triggers
        The names of pipelines and triggers by row key.
    policies
        What starts each retraining policy (`Upload`, `Schedule`, `Rows`), by the endpoint's id.
    traffic
        The calls of each web service in the last 24 hours, by its id.
    """

    counts: dict[str, int]
    services: dict[str, str]
    endpoints: Mapping[str, tuple[str, str]]
    experiments: dict[str, str]
    triggers: dict[str, str]
    policies: dict[str, str]
    traffic: dict[str, list[HourCounts]]

    def endpoint(self, endpoint_id: str) -> dict[str, Any]:
        """Return an endpoint as lists show it: its ids and names, null if it was deleted."""
        service_id, name = self.endpoints.get(endpoint_id, ("", ""))
        return {
            "WebServiceId": service_id or None,
            "WebService": self.services.get(service_id),
            "EndpointId": endpoint_id,
            "Endpoint": name or None,
        }


class Directories:
    """The directories of the workspaces that this process was asked for lately; safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Directory]] = OrderedDict()

    def get(self, storage: Storage, names: EndpointNames, workspace_id: str) -> Directory:
        """Return a workspace's directory, at most KEPT_SECONDS old."""
        with self._lock:
            until, known = self._known.get(workspace_id, (0.0, None))
        if known is not None and self._clock() < until:
            return known
        found = read_directory(storage, names, workspace_id)
        with self._lock:
            self._known[workspace_id] = self._clock() + KEPT_SECONDS, found
            self._known.move_to_end(workspace_id)
            while len(self._known) > KEPT_WORKSPACES:
                self._known.popitem(last=False)
        return found


def read_directory(storage: Storage, names: EndpointNames, workspace_id: str) -> Directory:
    """Read a workspace's directory from its tables, several at once."""

    def rows(table: str, *columns: str) -> list[dict[str, Any]]:
        return list(list_rows(storage.table(table), workspace_id, select=[*KEYS, *columns]))

    with ThreadPoolExecutor(8) as pool:
        traffic = pool.submit(read_services, storage, workspace_id, HOURS, now=storage.clock())
        services = pool.submit(rows, "webservices", "Name")
        endpoints = pool.submit(names.get, storage, workspace_id)
        experiments = pool.submit(list_names, storage, workspace_id)
        models = pool.submit(rows, "models")
        documents = pool.submit(rows, "pipelines", "Kind", "Name")
        policies = pool.submit(rows, "policies", "Document")
        datasets = pool.submit(_count_datasets, storage, workspace_id)
    kinds = Counter(row["Kind"] for row in documents.result())
    return Directory(
        counts={
            "WebServices": len(services.result()),
            "Endpoints": len(endpoints.result().endpoints),
            "Experiments": len(experiments.result()),
            "Datasets": datasets.result(),
            "Models": len({row["RowKey"].partition("-")[0] for row in models.result()}),
            "Pipelines": kinds["pipelines"],
            "Triggers": kinds["triggers"],
            "Policies": len(policies.result()),
        },
        services={row["RowKey"]: row["Name"] for row in services.result()},
        endpoints=endpoints.result().endpoints,
        experiments=experiments.result(),
        triggers={row["RowKey"]: row["Name"] for row in documents.result()},
        policies={row["RowKey"]: trigger_type(row["Document"]) for row in policies.result()},
        traffic=traffic.result(),
    )


def trigger_type(document: str) -> str:
    """Return what starts a stored retraining policy."""
    trigger = json.loads(document).get("Trigger") or {}
    return str(trigger.get("Type", "Upload"))


def _count_datasets(storage: Storage, workspace_id: str) -> int:
    names = storage.container("datasets").list_blob_names(name_starts_with=f"{workspace_id}/")
    return sum(1 for _ in islice(names, MAX_DATASETS))
