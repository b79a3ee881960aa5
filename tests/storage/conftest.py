"""An account of its own: no running app takes the messages, or sends any, that these tests count."""

import pytest

from studio.storage.rows import list_rows, query_rows
from studio.work.queue import ACTIVE
from studio.work.schedules import DUE
from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]


@pytest.fixture(scope="module", autouse=True)
def nothing_waits(deployment):
    """Take away what tests of another file have left queued or due: workers and ticks of this one would do it."""
    deployment.storage.job_queue().clear_messages()
    for name, partition in (("jobs", ACTIVE), ("schedules", DUE)):
        table = deployment.storage.table(name)
        for row in list_rows(table, partition):
            table.delete_entity(partition, row["RowKey"])
    # A tick of another month would count the hours since then, of each of them.
    endpoints = deployment.storage.table("endpoints")
    for row in query_rows(endpoints, "PredictionLog gt '' or Deployments gt ''", ["PartitionKey", "RowKey"]):
        endpoints.delete_entity(row["PartitionKey"], row["RowKey"])
