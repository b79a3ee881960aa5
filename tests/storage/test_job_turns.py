"""Forty jobs of an endpoint at a time, the others in the order they were started in."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from studio.jobs.limits import JOBS_AT_A_TIME, is_turn_of
from studio.storage.keys import new_id
from studio.storage.rows import change_row, insert_row
from studio.work.queue import read_message
from studio.work.state import State, WorkKey, new_work_row
from tests.e2e.steps import wait_for

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def jobs(deployment):
    """Forty-five started jobs of an endpoint, by the order they were started in; ids are in another order."""
    endpoint, table = new_id(), deployment.storage.table("jobs")
    keys = []
    for number in range(JOBS_AT_A_TIME + 5):
        key = WorkKey("jobs", endpoint, f"{(number * 7) % 45:032}")
        row = new_work_row(endpoint, key.key, State.QUEUED, now=START)
        insert_row(table, row | {"QueuedAt": (START + timedelta(seconds=number)).isoformat()})
        keys.append(key)
    return keys


def put(deployment, key, state):
    change_row(deployment.storage.table(key.table), key.partition, key.key, lambda row: row | {"State": state.value})


def turns(deployment, keys):
    return [number for number, key in enumerate(keys) if is_turn_of(deployment.storage, key)]


def test_the_first_forty_run_and_the_next_one_when_one_of_them_ends(deployment, jobs):
    assert turns(deployment, jobs) == list(range(JOBS_AT_A_TIME))
    for key in jobs[:JOBS_AT_A_TIME]:
        put(deployment, key, State.RUNNING)
    waiting = jobs[JOBS_AT_A_TIME:]
    assert turns(deployment, waiting) == []
    put(deployment, jobs[3], State.FINISHED)
    assert turns(deployment, waiting) == [0]
    put(deployment, jobs[4], State.FAILED)
    put(deployment, waiting[0], State.CANCELLED)
    assert turns(deployment, waiting[1:]) == [0, 1]


def test_a_job_that_waits_is_asked_again_later(deployment, jobs):
    last = jobs[-1]
    assert not is_turn_of(deployment.storage, last)
    queue = deployment.storage.job_queue()
    # The message is hidden for a second; the row that finds orphans is there at once.
    active = deployment.storage.table("jobs").get_entity("active", last.active_key)
    assert json.loads(active["Key"])["key"] == last.key

    def come():
        messages = queue.receive_messages(max_messages=32, visibility_timeout=1)
        return [message for message in messages if read_message(message.content).key == last]

    (message,) = wait_for(come)
    assert datetime.now(UTC) - message.inserted_on >= timedelta(seconds=1)


def test_other_endpoints_do_not_wait(deployment, jobs):
    other = WorkKey("jobs", new_id(), new_id())
    row = new_work_row(other.partition, other.key, State.QUEUED, now=START)
    insert_row(deployment.storage.table("jobs"), row | {"QueuedAt": (START + timedelta(days=1)).isoformat()})
    assert is_turn_of(deployment.storage, other)
