"""The retraining policies of a workspace, of all its endpoints, by the names of services and endpoints."""

import json
from typing import Any

from studio.overview.directory import Directory
from studio.rollout.policies import KIND
from studio.storage.account import Storage
from studio.storage.pages import Page, by_name
from studio.storage.rows import Row, list_rows
from studio.wire import classic_time
from studio.work.schedules import Schedule, list_schedules, schedule_object


def list_policies(
    storage: Storage, names: Directory, workspace_id: str, search: str, page: Page
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of a workspace's policies as the API lists them, and where the next page starts.

    Parameters
    ----------
    search
        A part of the web service's or endpoint's name, in lower case; empty for all.
    """
    rows = ((_name(names, row), row) for row in list_rows(storage.table("policies"), workspace_id))
    found, after = by_name(((name, row) for name, row in rows if search in name), page)
    schedules = {item.key: item for item in list_schedules(storage, KIND, workspace_id)} if found else {}
    return [_policy_object(names, row, schedules.get(row["RowKey"])) for row in found], after


def _name(names: Directory, row: Row) -> str:
    """Return what a policy is sorted and found by; the endpoint's id keeps two of one name apart."""
    service_id, endpoint = names.endpoints.get(row["RowKey"], ("", ""))
    return f"{names.services.get(service_id, '')} {endpoint}".lower()[:300] + f"\n{row['RowKey']}"


def _policy_object(names: Directory, row: Row, schedule: Schedule | None) -> dict[str, Any]:
    document = json.loads(row["Document"])
    trigger, gate = document.get("Trigger") or {}, document.get("Gate") or {}
    trainer = row["TrainingServiceId"]
    return {
        **names.endpoint(row["RowKey"]),
        "TrainingServiceId": trainer,
        "TrainingService": names.services.get(trainer),
        "Trigger": trigger.get("Type", "Upload"),
        "TrainingData": document.get("TrainingData"),
        "Metric": gate.get("Metric"),
        "HeldBackData": gate.get("HeldBackData"),
        "UpdatedAt": classic_time(row["UpdatedAt"]),
        **schedule_object(schedule),
    }
