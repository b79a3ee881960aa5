"""An account of its own: no running app takes the messages, or sends any, that these tests count."""

import pytest

from studio.storage.rows import list_rows
from studio.work.queue import ACTIVE
from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]


@pytest.fixture(scope="module", autouse=True)
def nothing_queued(deployment):
    """Take away what tests of another file have left queued: workers of this one would do it."""
    deployment.storage.job_queue().clear_messages()
    table = deployment.storage.table("jobs")
    for row in list_rows(table, ACTIVE):
        table.delete_entity(ACTIVE, row["RowKey"])
