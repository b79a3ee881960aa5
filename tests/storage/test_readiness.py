"""What `/ready` says: all well, storage away, work left lying."""

from datetime import UTC, datetime, timedelta

import pytest

from devhost.azurite import free_port
from studio.settings import read_settings
from studio.storage.account import Storage
from studio.storage.readiness import MAX_QUEUE_AGE, check_queue, readiness


def now():
    return datetime.now(UTC)


@pytest.fixture
def queue(deployment):
    """A queue that nobody works on."""
    queue = deployment.storage.queues.get_queue_client("readiness")
    queue.create_queue()
    yield queue
    queue.delete_queue()


def test_a_deployment_is_ready(deployment):
    found = readiness(deployment.storage, now=now())
    assert found["ready"]
    assert set(found["checks"]) == {"storage", "queue"}


def test_work_left_lying_is_noticed(queue):
    assert check_queue(queue, now=now()) == {"ok": True, "oldestSeconds": 0}
    queue.send_message("x")
    assert check_queue(queue, now=now())["ok"]
    found = check_queue(queue, now=now() + MAX_QUEUE_AGE + timedelta(minutes=1))
    assert not found["ok"]
    assert "has waited for 11 minutes" in found["problem"]


def test_storage_that_is_away_is_noticed_in_seconds(app_settings):
    ports = [free_port() for _ in range(3)]
    away = app_settings["AzureWebJobsStorage"]
    for kind, port in zip(("Blob", "Queue", "Table"), ports, strict=True):
        parts = [part for part in away.split(";") if part and not part.startswith(f"{kind}Endpoint=")]
        away = ";".join([*parts, f"{kind}Endpoint=http://127.0.0.1:{port}/devstoreaccount1"])
    started = now()
    found = readiness(Storage(read_settings(app_settings | {"AzureWebJobsStorage": away})), now=now())
    assert (now() - started).total_seconds() < 10
    assert not found["ready"]
    assert "Warm endpoints keep scoring" in found["checks"]["storage"]["problem"]
    assert "Jobs wait" in found["checks"]["queue"]["problem"]
