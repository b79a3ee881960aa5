"""Ended hours become one file, whatever dies in between, and expired rows go."""

from datetime import timedelta

import pytest

from studio.errors import NotFound
from studio.monitoring.collector import Predictions
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.log import LOG, list_files, read_hour_file, read_hours
from studio.monitoring.parts import LOG_PARTS, list_parts
from studio.monitoring.removal import delete_kept_rows, sweep_kept_rows
from studio.monitoring.settings import delete_prediction_log
from studio.registry.endpoints import delete_endpoint, get_endpoint
from tests.storage.monitored import NOON, PERSON, Monitored
from tests.storage.storage_calls import Killed, KilledAtWrite

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def people(deployment):
    for name in (LOG, LOG_PARTS):
        container = deployment.storage.container(name)
        for blob in container.list_blobs():
            container.delete_blob(blob.name)
    return Monitored(deployment)


def ids(people):
    return [row["id"] for row in people.rows(columns=["id"])]


def parts(people):
    return [part.short for part in list_parts(people.storage, LOG_PARTS, people.workspace.id)]


def log(people, *requests):
    for request in requests:
        people.storage.at += timedelta(seconds=1)
        people.score(PERSON, request_id=request)
        people.flush()


def test_an_ended_hour_of_several_processes_becomes_one_file_in_order_of_time(people):
    log(people, "a", "b")
    people.process()
    people.storage.at = NOON - timedelta(minutes=1)
    log(people, "c")
    before = people.rows()
    assert compact_ended_hours(people.storage, now=NOON + timedelta(minutes=58)) == []
    assert len(compact_ended_hours(people.storage, now=LATER)) == 1
    assert parts(people) == []
    (file,) = list_files(people.storage, f"{people.workspace.id}/")
    assert file.name.endswith("/2026050112.parquet")
    assert people.rows() == before
    assert ids(people) == ["c/0", "a/0", "b/0"]
    assert compact_ended_hours(people.storage, now=LATER) == []


def test_what_is_outside_of_a_span_of_time_is_not_unpacked(people, monkeypatch):
    from studio.monitoring import compaction, frames

    monkeypatch.setattr(compaction, "ROW_GROUP", 1)
    log(people, "a", "b", "c")
    unpack, unpacked = frames.unpacked, []
    monkeypatch.setattr(frames, "unpacked", lambda *given: unpacked.append(1) or unpack(*given))
    second = {"since": NOON + timedelta(seconds=2), "until": NOON + timedelta(seconds=3)}
    assert [row["id"] for row in people.rows(**second)] == ["b/0"]
    assert len(unpacked) == 1
    compact_ended_hours(people.storage, now=LATER)
    (file,) = list_files(people.storage, f"{people.workspace.id}/")
    assert read_hour_file(people.storage, file, ["id"], tuple(second.values()))["id"].to_pylist() == ["b/0"]
    assert [row["id"] for row in people.rows(**second)] == ["b/0"]


def test_what_comes_late_is_added(people):
    log(people, "a")
    compact_ended_hours(people.storage, now=LATER)
    # The same process had the part open: it is gone now.
    log(people, "b")
    assert ids(people) == ["a/0", "b/0"]
    compact_ended_hours(people.storage, now=LATER)
    assert (ids(people), parts(people)) == (["a/0", "b/0"], [])


def test_rows_appended_while_the_hour_is_compacted_are_neither_lost_nor_told_twice(people, monkeypatch):
    from studio.monitoring import compaction

    log(people, "a")
    write = compaction._write

    def write_and_append(*given):
        written = write(*given)
        log(people, "b")
        return written

    monkeypatch.setattr(compaction, "_write", write_and_append)
    compact_ended_hours(people.storage, now=LATER)
    monkeypatch.undo()
    assert len(parts(people)) == 1
    assert ids(people) == ["a/0", "b/0"]
    compact_ended_hours(people.storage, now=LATER)
    assert (ids(people), parts(people)) == (["a/0", "b/0"], [])


def test_two_processes_that_compact_the_same_hour_tell_each_row_once(people, monkeypatch):
    from studio.monitoring import compaction

    log(people, "a")
    compact_ended_hours(people.storage, now=LATER)
    log(people, "b")
    write = compaction._write

    def write_second(*given):
        monkeypatch.setattr(compaction, "_write", write)
        compact_ended_hours(people.storage, now=LATER)
        return write(*given)

    monkeypatch.setattr(compaction, "_write", write_second)
    compact_ended_hours(people.storage, now=LATER)
    assert (ids(people), parts(people)) == (["a/0", "b/0"], [])


def test_the_count_of_missing_rows_survives_compaction(people, monkeypatch):
    from studio.monitoring import collector

    monkeypatch.setattr(collector, "MAX_WAITING", 1)
    people.score(PERSON)
    people.score(PERSON, PERSON)
    people.flush()
    log(people, "b")
    for _ in range(2):
        (hour,) = read_hours(people.storage, people.endpoint, since=NOON, until=LATER)
        assert (hour.table.num_rows, hour.missing) == (2, 2)
        compact_ended_hours(people.storage, now=LATER)


@pytest.mark.attack("Work that is cut off")
def test_killed_at_any_write_of_a_compaction_each_row_is_told_once(deployment, people, record_property):
    for line in range(1, 100):
        people = Monitored(deployment)
        log(people, "a")
        people.process()
        log(people, "b")
        killed = False
        try:
            with KilledAtWrite(line):
                compact_ended_hours(people.storage, now=LATER)
        except Killed:
            killed = True
        assert ids(people) == ["a/0", "b/0"]
        log(people, "c")
        assert ids(people) == ["a/0", "b/0", "c/0"]
        compact_ended_hours(people.storage, now=LATER)
        assert (ids(people), parts(people)) == (["a/0", "b/0", "c/0"], [])
        if not killed:
            record_property("attacks", line)
            assert line > 6
            return
    raise AssertionError("It never came to its end.")


@pytest.mark.attack("Work that is cut off")
def test_killed_at_any_write_of_a_flush_at_most_its_rows_are_lost_and_none_is_told_twice(deployment, record_property):
    for line in range(1, 100):
        people = Monitored(deployment)
        log(people, "a")
        people.storage.at = NOON + timedelta(hours=1)
        people.score(PERSON, request_id="b")
        try:
            with KilledAtWrite(line):
                people.flush()
            killed = False
        except Killed:
            killed = True
        # Another process goes on.
        people.process()
        log(people, "c")
        assert ids(people) in (["a/0", "c/0"], ["a/0", "b/0", "c/0"])
        if not killed:
            record_property("attacks", line)
            assert ids(people) == ["a/0", "b/0", "c/0"]
            return
    raise AssertionError("It never came to its end.")


def test_expired_rows_go_and_those_of_endpoints_that_are_gone(deployment, people):
    brief, gone = Monitored(deployment, settings={"RetentionDays": 1}), Monitored(deployment)
    for each in (people, brief, gone):
        log(each, "a")
        compact_ended_hours(each.storage, now=LATER)
        log(each, "b")
    delete_endpoint(gone.storage, gone.endpoint)
    sweep_kept_rows(people.storage, now=NOON + timedelta(hours=23))
    assert (ids(people), ids(brief), ids(gone)) == (["a/0", "b/0"], ["a/0", "b/0"], [])
    counts = sweep_kept_rows(people.storage, now=NOON + timedelta(hours=26))
    assert (ids(people), ids(brief)) == (["a/0", "b/0"], [])
    assert counts[LOG] == 1


def test_rows_of_a_log_that_was_switched_off_stay_for_as_long_as_it_said(deployment):
    brief, long = (Monitored(deployment, settings={"RetentionDays": days}) for days in (1, 200))
    for each in (brief, long):
        log(each, "a")
        compact_ended_hours(each.storage, now=LATER)
        delete_prediction_log(each.storage, each.endpoint, by="t", now=LATER)
    sweep_kept_rows(brief.storage, now=NOON + timedelta(days=199))
    assert (ids(brief), ids(long)) == ([], ["a/0"])
    sweep_kept_rows(brief.storage, now=NOON + timedelta(days=202))
    assert ids(long) == []


def test_an_endpoint_is_deleted_with_its_rows(people):
    log(people, "a")
    compact_ended_hours(people.storage, now=LATER)
    log(people, "b")
    delete_endpoint(people.storage, people.endpoint)
    for _ in range(2):
        delete_kept_rows(people.storage, people.workspace.id, people.endpoint.id)
    assert ids(people) == []
    with pytest.raises(NotFound):
        get_endpoint(people.storage, people.workspace.id, people.endpoint.id)


def test_a_process_that_ends_by_itself_writes_what_is_waiting(people):
    predictions = people.app.predictions
    assert isinstance(predictions, Predictions)
    people.score(PERSON, request_id="last")
    predictions.close()
    assert ids(people) == ["last/0"]
