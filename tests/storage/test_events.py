"""Events, on Azurite: each is recorded once and whole, and listed newest first."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError

from studio.storage.event_log import (
    CHALLENGE_REFUSED,
    JOB_FAILED,
    MAX_DATA,
    SWAPPED,
    Notice,
    emit,
    event_id,
    event_place,
    list_recorded,
)
from studio.storage.keys import new_id
from studio.storage.rows import list_rows
from studio.work.retention import sweep

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace():
    return new_id()


def notice(key="e-1", type_=SWAPPED, at=AT, **data):
    return Notice(type_, "services/s/endpoints/e", data, key, at.isoformat())


def test_an_event_is_recorded_once_whenever_it_is_emitted(storage, workspace):
    assert emit(storage, workspace, notice(version=3))
    # A second try after the process died knows the key, and not always the time of the first.
    assert emit(storage, workspace, notice(at=AT + timedelta(seconds=5), version=3))
    (found,) = list_recorded(storage, workspace)
    assert (found.id, found.type, found.data, found.at) == (
        event_id(workspace, notice()),
        SWAPPED,
        {"version": 3},
        AT.isoformat(),
    )
    pending = [row["RowKey"] for row in list_rows(storage.table("events"), workspace, "RowKey ge 'p-'")]
    assert [event_place(key) for key in pending] == [found.place]


def test_events_are_listed_newest_first_by_time_type_and_page(storage, workspace):
    for number in range(4):
        type_ = (SWAPPED, JOB_FAILED)[number % 2]
        emit(storage, workspace, notice(str(number), type_, AT + timedelta(minutes=number), n=number))
    emit(storage, new_id(), notice("other"))

    def numbers(**options):
        return [item.data["n"] for item in list_recorded(storage, workspace, **options)]

    assert numbers() == [3, 2, 1, 0]
    assert numbers(type_=JOB_FAILED) == [3, 1]
    assert numbers(since=(AT + timedelta(minutes=2)).isoformat()) == [3, 2]
    first = next(list_recorded(storage, workspace))
    assert numbers(after=first.place) == [2, 1, 0]


def test_what_is_too_long_is_cut_and_the_event_is_recorded(storage, workspace):
    emit(storage, workspace, notice("a", why="x" * MAX_DATA))
    emit(storage, workspace, notice("b", items=["x" * MAX_DATA]))
    found = {item.id: item.data for item in list_recorded(storage, workspace)}
    assert sorted(len(str(data)) for data in found.values()) == [len(str({"truncated": True})), 500 + 11]


def test_without_storage_the_work_goes_on_and_the_log_says_so(storage, workspace, monkeypatch, caplog):
    bad = Notice(CHALLENGE_REFUSED, "s", {}, "k", AT.isoformat())
    monkeypatch.setattr(storage.table("events"), "submit_transaction", _unreachable)
    assert emit(storage, workspace, bad) is False
    assert "is not recorded" in caplog.text
    with pytest.raises(HttpResponseError):
        emit(storage, workspace, bad, must=True)


def _unreachable(*_):
    raise HttpResponseError("down")


def test_old_events_go(storage, workspace):
    emit(storage, workspace, notice())
    sweep(storage, now=AT + timedelta(days=89))
    assert len(list(list_rows(storage.table("events"), workspace))) == 3
    sweep(storage, now=AT + timedelta(days=91))
    assert not list(list_rows(storage.table("events"), workspace))
