"""Queued work: one owner at a time, taken over when the owner dies, finished once."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from studio.errors import BadArgument
from studio.storage.keys import new_id
from studio.storage.rows import change_row, find_row, insert_row
from studio.work.leases import MAX_ATTEMPTS, claimed_work
from studio.work.queue import WorkMessage, cancel_work, enqueue_work, read_message, record_outbox, requeue_orphans
from studio.work.state import Progress, State, WorkKey, new_work_row, read_work
from tests.e2e.steps import wait_for

LEASE = 0.3


@pytest.fixture
def key(deployment) -> WorkKey:
    found = WorkKey("runs", new_id(), new_id())
    row = new_work_row(found.partition, found.key, State.QUEUED, now=datetime.now(UTC))
    insert_row(deployment.storage.table("runs"), row)
    drain(deployment)
    return found


def drain(deployment) -> list[WorkKey]:
    """Take every message there is and every one that will be there."""
    found = []
    for message in deployment.storage.job_queue().receive_messages():
        deployment.storage.job_queue().delete_message(message)
        found.append(read_message(message.content).key)
    return found


def row(deployment, key):
    return find_row(deployment.storage.table("runs"), key.partition, key.key)


def is_active(deployment, key) -> bool:
    return find_row(deployment.storage.table("jobs"), "active", key.active_key) is not None


def test_a_piece_of_work_is_claimed_reports_and_finishes(deployment, key):
    enqueue_work(deployment.storage, key)
    assert is_active(deployment, key)
    assert drain(deployment) == [key]
    with claimed_work(deployment.storage, key, LEASE) as claim:
        assert row(deployment, key)["State"] == "Running"
        claim.report(Progress(1, 3, "Train"))
        wait_for(lambda: read_work("runs", row(deployment, key)).progress == Progress(1, 3, "Train"))
        claim.finish(State.FINISHED, None, Summary="x")
    found = row(deployment, key)
    assert (found["State"], found["Summary"], found["Attempt"]) == ("Finished", "x", 1)
    assert found["EndedAt"]
    assert not is_active(deployment, key)


def test_a_message_that_comes_twice_does_nothing_the_second_time(deployment, key):
    with claimed_work(deployment.storage, key, LEASE) as claim:
        claim.finish(State.FINISHED, None)
    with claimed_work(deployment.storage, key, LEASE) as claim:
        assert claim is None
    assert drain(deployment) == []


def test_a_second_worker_leaves_work_in_living_hands_alone_and_looks_later(deployment, key):
    with claimed_work(deployment.storage, key, 60) as first:
        with claimed_work(deployment.storage, key, 60) as second:
            assert second is None
        first.finish(State.FINISHED, None)
    properties = deployment.storage.job_queue().get_queue_properties()
    assert properties.approximate_message_count == 1
    deployment.storage.job_queue().clear_messages()


def test_a_living_owner_keeps_its_claim_beyond_the_lease(deployment, key):
    def leases():
        """The end of the lease, then the time, which has to come before it."""
        return datetime.fromisoformat(row(deployment, key)["LeaseUntil"]), datetime.now(UTC)

    with claimed_work(deployment.storage, key, LEASE) as claim:
        first, _ = leases()
        wait_for(lambda: (seen := leases()) and first < seen[1] < seen[0])
        claim.finish(State.FINISHED, None)
    assert row(deployment, key)["State"] == "Finished"


def test_an_owner_that_ends_in_the_middle_gives_no_more_signs_of_life(deployment, key):
    with pytest.raises(KeyboardInterrupt), claimed_work(deployment.storage, key, LEASE):
        raise KeyboardInterrupt
    assert row(deployment, key)["State"] == "Running"

    def take_over():
        with claimed_work(deployment.storage, key, LEASE) as second:
            if second:
                second.finish(State.FINISHED, None)
            return second

    assert wait_for(take_over).row["Attempt"] == 2
    deployment.storage.job_queue().clear_messages()


def abandon(deployment, key):
    """Leave the row as a killed process leaves it."""

    def change(found):
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        attempt = found["Attempt"] + 1
        return found | {"State": "Running", "Owner": "dead", "LeaseUntil": past, "Attempt": attempt}

    change_row(deployment.storage.table("runs"), key.partition, key.key, change)


def test_work_of_a_dead_owner_is_taken_over_and_the_dead_one_cannot_finish(deployment, key):
    abandon(deployment, key)
    with claimed_work(deployment.storage, key, LEASE) as claim:
        assert row(deployment, key)["Attempt"] == 2
        claim.owner, mine = "dead", claim.owner
        claim.finish(State.FINISHED, "from the dead")
        assert row(deployment, key)["Details"] == ""
        claim.owner = mine
        claim.finish(State.FINISHED, "from the living")
    assert row(deployment, key)["Details"] == "from the living"


def test_orphans_get_a_new_message_and_finished_work_its_marker_removed(deployment, key):
    enqueue_work(deployment.storage, key)
    drain(deployment)
    assert requeue_orphans(deployment.storage, now=datetime.now(UTC)) == 0
    abandon(deployment, key)
    assert requeue_orphans(deployment.storage, now=datetime.now(UTC)) == 1
    assert drain(deployment) == [key]
    change_row(deployment.storage.table("runs"), key.partition, key.key, lambda found: found | {"State": "Finished"})
    assert requeue_orphans(deployment.storage, now=datetime.now(UTC)) == 0
    assert not is_active(deployment, key)


def test_queued_work_whose_message_was_never_sent_is_queued_again(deployment, key):
    record_outbox(deployment.storage, key)
    requeue_orphans(deployment.storage, now=datetime.now(UTC))
    assert drain(deployment) == []
    requeue_orphans(deployment.storage, now=datetime.now(UTC) + timedelta(minutes=6))
    assert key in drain(deployment)


def test_work_that_was_announced_and_never_queued_is_forgotten(deployment):
    key = WorkKey("runs", new_id(), new_id())
    insert_row(
        deployment.storage.table("runs"),
        new_work_row(key.partition, key.key, State.NOT_STARTED, now=datetime.now(UTC)),
    )
    record_outbox(deployment.storage, key)
    requeue_orphans(deployment.storage, now=datetime.now(UTC))
    assert is_active(deployment, key)
    requeue_orphans(deployment.storage, now=datetime.now(UTC) + timedelta(minutes=6))
    assert not is_active(deployment, key)
    deployment.storage.job_queue().clear_messages()


def test_work_that_kills_its_process_again_and_again_fails_at_last(deployment, key):
    for _ in range(MAX_ATTEMPTS):
        abandon(deployment, key)
    with claimed_work(deployment.storage, key, LEASE) as claim:
        assert claim is None
    assert row(deployment, key)["State"] == "Failed"
    assert "memory" in row(deployment, key)["Details"]


@pytest.mark.parametrize(
    "error, details",
    [
        (BadArgument("InvalidBlob", "The data has no rows."), "The data has no rows."),
        (ZeroDivisionError("secret row"), "Internal error (ZeroDivisionError). See the app's log for details."),
    ],
)
def test_an_error_fails_the_work_with_words(deployment, key, error, details):
    with claimed_work(deployment.storage, key, LEASE):
        raise error
    assert (row(deployment, key)["State"], row(deployment, key)["Details"]) == ("Failed", details)


def test_a_storage_error_puts_the_work_back_until_the_attempts_are_used_up(deployment, key):
    def fail():
        with claimed_work(deployment.storage, key, LEASE):
            raise ServiceRequestError("away")

    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(ServiceRequestError):
            fail()
        assert row(deployment, key)["State"] == "Queued"
    fail()
    assert row(deployment, key)["State"] == "Failed"


def test_cancelled_work_stops_at_its_next_report_and_stays_cancelled(deployment, key):
    with claimed_work(deployment.storage, key, LEASE) as claim:
        cancel_work(deployment.storage, key)
        wait_for(lambda: claim.report(Progress(1, 100, "x")))
    assert row(deployment, key)["State"] == "Cancelled"
    cancel_work(deployment.storage, key)
    assert row(deployment, key)["State"] == "Cancelled"


def test_a_message_names_its_work():
    text = json.dumps({"table": "jobs", "partition": "p", "key": "k"})
    assert read_message(text) == WorkMessage(WorkKey("jobs", "p", "k"), "")
    asked = WorkMessage(WorkKey("runs", "p", "k"), "00-" + "1" * 32 + "-" + "2" * 16 + "-01")
    assert read_message(asked.to_text()) == asked


def test_lines_of_the_lease_thread_belong_to_the_invocation(deployment, key):
    """Azure's host drops the lines of no invocation, which the worker tells by a context variable of the thread."""
    invocation, seen = ContextVar("invocation", default="none"), []

    class Lines(logging.Handler):
        def emit(self, record):
            seen.append((record.getMessage(), invocation.get()))

    lines, logger = Lines(), logging.getLogger("studio.work.leases")
    invocation.set("i1")
    logger.addHandler(lines)
    try:
        with claimed_work(deployment.storage, key, LEASE) as claim:
            original, claim._write = claim._write, broken
            wait_for(lambda: any("heartbeat" in text for text, _ in seen))
            claim._write = original
            claim.finish(State.FINISHED, None)
    finally:
        logger.removeHandler(lines)
    assert {found for text, found in seen if "heartbeat" in text} == {"i1"}


def broken(columns):
    raise ServiceRequestError("storage is away")
