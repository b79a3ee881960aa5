"""The batch jobs of a workspace, of all its endpoints, newest first."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import Any

from studio.jobs.jobs import TABLE
from studio.registry.endpoints import Endpoint, list_workspace_endpoints
from studio.registry.web_services import WebService, list_web_services
from studio.storage.account import Storage
from studio.storage.pages import KEYS, Page, newest_first
from studio.storage.rows import Row, list_rows
from studio.wire import classic_time, optional_classic_time
from studio.work.state import STATUSES, State, state_filter

# Jobs are kept by endpoint; so many endpoints are asked at once.
AT_ONCE = 8
SHOWN = [*KEYS, "State", "Details", "StartedAt", "EndedAt", "Progress"]


def list_jobs(
    storage: Storage, workspace_id: str, state: str | None, page: Page
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the jobs of the workspace's endpoints as the API lists them, and where the next page starts.

    Parameters
    ----------
    state
        A job status, such as `Failed`; None for jobs of every status.
    """
    wanted = state_filter(state)
    services = {service.id: service for service in list_web_services(storage, workspace_id)}
    endpoints = {item.id: item for item in list_workspace_endpoints(storage, workspace_id)}
    # One more of each, so that it is known whether there is another page.
    more = replace(page, limit=page.limit + 1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda id_: newest_first(_rows(storage, id_, wanted), more)[0], endpoints)
        rows, after = newest_first(chain.from_iterable(found), page)
    return [_job_object(row, endpoints[row["PartitionKey"]], services) for row in rows], after


def _rows(storage: Storage, endpoint_id: str, wanted: str) -> Iterator[Row]:
    return list_rows(storage.table(TABLE), endpoint_id, wanted, SHOWN)


def _job_object(row: Row, endpoint: Endpoint, services: dict[str, WebService]) -> dict[str, Any]:
    service, state = services.get(endpoint.service_id), State(row["State"])
    return {
        "JobId": row["RowKey"],
        "WebServiceId": endpoint.service_id,
        "WebService": service.name if service else None,
        "Kind": service.kind if service else None,
        "EndpointId": endpoint.id,
        "Endpoint": endpoint.name,
        "StatusCode": next(name for name, states in STATUSES.items() if state in states),
        "Details": row["Details"] or None,
        "CreatedAt": classic_time(row["CreatedAt"]),
        "StartTime": optional_classic_time(row["StartedAt"]),
        "EndTime": optional_classic_time(row["EndedAt"]),
        "Progress": json.loads(row["Progress"]) | {"queued": state is State.QUEUED},
    }
