"""What the hourly sweep deletes, and what it leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from studio.storage.keys import new_id
from studio.storage.rows import find_row, insert_row
from studio.work.retention import sweep
from studio.work.state import State, new_work_row

KEPT = ("models", "datasets", "experiments", "trained-models", "scoring-output", "rejected")


def now():
    return datetime.now(UTC)


def work(deployment, table, partition, state, ended):
    key = new_id()
    row = new_work_row(partition, key, state, now=now())
    insert_row(deployment.storage.table(table), row | {"EndedAt": ended.isoformat() if ended else ""})
    return lambda: find_row(deployment.storage.table(table), partition, key) is not None


def blob(deployment, container):
    client = deployment.storage.container(container).upload_blob(f"{new_id()}/file.csv", b"a")
    return client.exists


def test_old_outputs_and_records_go_and_everything_else_stays(deployment):
    outputs = [blob(deployment, name) for name in ("experimentoutput", "results")]
    kept = [blob(deployment, name) for name in KEPT]
    half = deployment.storage.container("dataset-uploads").get_blob_client(f"{new_id()}/{new_id()}")
    half.upload_blob(b"never made a dataset")
    at = now()
    sweep(deployment.storage, now=at + timedelta(days=29))
    assert all(exists() for exists in (*outputs, *kept))
    assert not half.exists()
    found = sweep(deployment.storage, now=at + timedelta(days=31))
    assert found["experimentoutput"] >= 1
    assert not any(exists() for exists in outputs)
    assert all(exists() for exists in kept)


def test_records_of_work_that_ended_long_ago_go(deployment):
    at, old = now(), now() - timedelta(days=91)
    gone = [work(deployment, table, new_id(), State.FAILED, old) for table in ("jobs", "challenges")]
    stay = [
        work(deployment, "jobs", new_id(), State.FINISHED, at - timedelta(days=89)),
        work(deployment, "jobs", new_id(), State.RUNNING, None),
        work(deployment, "jobs", new_id(), State.NOT_STARTED, None),
    ]
    sweep(deployment.storage, now=at)
    assert not any(exists() for exists in gone)
    assert all(exists() for exists in stay)
    assert sweep(deployment.storage, now=at)["jobs"] == 0


@pytest.mark.parametrize("last", [State.FINISHED, State.FAILED])
def test_the_latest_finished_run_of_an_experiment_stays(deployment, last):
    experiment, at = f"{new_id()}-{new_id()}", now()
    first = work(deployment, "runs", experiment, State.FINISHED, at - timedelta(days=300))
    second = work(deployment, "runs", experiment, State.FINISHED, at - timedelta(days=200))
    third = work(deployment, "runs", experiment, last, at - timedelta(days=100))
    sweep(deployment.storage, now=at)
    assert [first(), second(), third()] == [False, last is State.FAILED, last is State.FINISHED]
