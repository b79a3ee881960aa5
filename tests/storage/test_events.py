"""Events, on Azurite: each is recorded once and whole, and listed newest first."""

import base64
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError

from studio.events.announced import FORGET_AFTER, settle_announced
from studio.events.poison import QUEUES, tell_poisoned
from studio.registry.endpoints import (
    Endpoint,
    Resource,
    change_endpoint,
    create_endpoint,
    endpoint_id,
    get_endpoint,
    next_change,
    regenerate_key,
)
from studio.registry.history import Cause, Change, list_history
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace, get_workspace, regenerate_token
from studio.storage.event_log import (
    ANNOUNCED,
    CHALLENGE_REFUSED,
    JOB_FAILED,
    KEY_REGENERATED,
    MAX_DATA,
    SCHEDULE_SKIPPED,
    SWAPPED,
    Notice,
    announce,
    emit,
    event_id,
    event_place,
    list_recorded,
)
from studio.storage.keys import new_id
from studio.storage.rows import find_row, insert_row, list_rows, query_rows
from studio.work.leases import claimed_work
from studio.work.queue import record_outbox, requeue_orphans
from studio.work.retention import sweep
from studio.work.schedules import Schedule, tell_skipped
from studio.work.state import State, WorkKey, new_work_row
from tests.storage.in_process import now
from tests.storage.storage_calls import Killed, KilledAtWrite

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


# What happens in a workspace.


def types(storage, workspace):
    return [item.type for item in list_recorded(storage, workspace)]


@pytest.fixture
def endpoint(storage):
    workspace = create_workspace(storage, "Events", now=now()).id
    service = create_web_service(storage, workspace, "Churn", "", "predictive", "E", now=now())
    change = Change(1, now().isoformat(), "test", "create", "")
    id_ = endpoint_id(workspace, service.id, "seattle")
    resource = Resource("Churn [trained model]", "a" * 64, 1)
    new = Endpoint(workspace, service.id, id_, "seattle", now().isoformat(), "", change, resources=(resource,))
    return create_endpoint(storage, new, now=now())


def swap(storage, endpoint, model, version):
    def change(before):
        resources = (replace(before.resources[0], model=model * 64, version=version),)
        cause = Cause("workspace token (primary)", "update", "Retrained on May's data")
        return replace(before, resources=resources, change=next_change(before, cause, now=now(), resources=resources))

    return change_endpoint(storage, endpoint, change)


def test_a_swap_and_regenerated_keys_are_told_and_settings_are_not(storage, endpoint):
    changed = swap(storage, endpoint, "b", 2)
    change_endpoint(
        storage,
        changed,
        lambda item: replace(
            item, change=next_change(item, Cause("t", "settings", ""), now=now(), resources=item.resources)
        ),
    )
    regenerate_key(storage, get_endpoint(storage, endpoint.workspace_id, endpoint.id), 1, by="t", now=now())
    regenerate_token(storage, endpoint.workspace_id, 0, by="workspace token (secondary)")
    found = list(list_recorded(storage, endpoint.workspace_id))
    assert [item.type for item in found] == [KEY_REGENERATED, KEY_REGENERATED, SWAPPED]
    assert [item.data["slot"] for item in found[:2]] == ["primary", "secondary"]
    assert found[-1].subject == f"services/{endpoint.service_id}/endpoints/seattle"
    assert found[-1].data["models"] == [
        {"name": "Churn [trained model]", "from": "a" * 64, "to": "b" * 64, "version": 2}
    ]
    assert not list(list_rows(storage.table("events"), ANNOUNCED))


@pytest.mark.attack("Work that is cut off")
@pytest.mark.parametrize("what", [pytest.param("swap", marks=pytest.mark.long), "token"])
def test_the_event_of_a_change_outlives_a_process_killed_at_any_write(storage, endpoint, what, record_property):
    workspace, versions = endpoint.workspace_id, iter(range(2, 99))

    def act():
        if what == "swap":
            swap(storage, get_endpoint(storage, workspace, endpoint.id), "bc"[next(versions) % 2], 2)
        else:
            regenerate_token(storage, workspace, 0)

    def made():
        if what == "swap":
            latest = get_endpoint(storage, workspace, endpoint.id).change
            return sum(bool(item.resources) for item in list_history(storage, endpoint.id, latest))
        return int(get_workspace(storage, workspace).generations[0]) - generation

    generation = int(get_workspace(storage, workspace).generations[0])
    for line in range(1, 40):
        try:
            with KilledAtWrite(line):
                act()
            killed = False
        except Killed:
            killed = True
        settle_announced(storage, now=now() + FORGET_AFTER * 2)
        assert len(types(storage, workspace)) == made(), line
        assert not list(list_rows(storage.table("events"), ANNOUNCED))
        if not killed:
            record_property("attacks", line)
            assert line > 6
            return
    raise AssertionError("It never came to its end.")


def test_a_change_in_progress_stays_announced_until_it_can_be_seen(storage, endpoint):
    announced = Notice(SWAPPED, "s", {}, "never made", now().isoformat())
    witness = {"kind": "change", "endpoint": endpoint.id, "sequence": 99, "digest": "0"}
    announce(storage, endpoint.workspace_id, announced, witness)
    assert settle_announced(storage, now=now()) == 0
    assert len(list(list_rows(storage.table("events"), ANNOUNCED))) == 1
    assert settle_announced(storage, now=now() + FORGET_AFTER * 1.1) == 0
    assert not list(list_rows(storage.table("events"), ANNOUNCED))
    assert not types(storage, endpoint.workspace_id)


def end(storage, workspace, table, state, **columns):
    key = WorkKey(table, new_id(), new_id(), workspace)
    row = new_work_row(key.partition, key.key, State.QUEUED, now=now()) | {"WorkspaceId": workspace}
    insert_row(storage.table(table), row)
    record_outbox(storage, key)
    with claimed_work(storage, key, 5) as claim:
        claim.finish(state, "Error 0001: no such column", **columns)
    return key


def test_failed_work_and_refused_challengers_are_told_and_what_succeeds_or_is_watched_is_not(storage, workspace):
    refused = json.dumps({"passed": False, "why": "AUC 0.7 is worse than 0.8", "metric": "AUC", "rows": 100})
    end(storage, workspace, "jobs", State.FINISHED)
    end(storage, workspace, "runs", State.FAILED)
    job = end(storage, workspace, "jobs", State.FAILED)
    end(storage, workspace, "challenges", State.FINISHED, Outcome=refused)
    end(storage, workspace, "challenges", State.FINISHED, Outcome=json.dumps({"passed": True}))
    challenge, failed = list_recorded(storage, workspace)
    assert (challenge.type, challenge.data["why"]) == (CHALLENGE_REFUSED, "AUC 0.7 is worse than 0.8")
    assert (failed.type, failed.subject) == (JOB_FAILED, f"endpoints/{job.partition}/jobs/{job.key}")
    assert failed.data["details"] == "Error 0001: no such column"


@pytest.mark.long
@pytest.mark.attack("Work that is cut off")
def test_the_event_of_failed_work_outlives_a_process_killed_at_any_write(storage):
    for line in range(1, 40):
        workspace = new_id()
        try:
            with KilledAtWrite(line):
                key = end(storage, workspace, "jobs", State.FAILED)
            killed = False
        except Killed:
            killed = True
        rows = list(query_rows(storage.table("jobs"), f"WorkspaceId eq '{workspace}' and State eq 'Failed'"))
        requeue_orphans(storage, now=now())
        assert types(storage, workspace) == [JOB_FAILED] * len(rows), line
        if not killed:
            assert find_row(storage.table("jobs"), "active", key.active_key) is None
            return
    raise AssertionError("It never came to its end.")


def test_a_schedule_that_can_start_nothing_is_told_once_for_each_time_it_was_due(storage, workspace):
    schedule = Schedule("policy", workspace, "e", AT.isoformat())
    for _ in range(2):
        tell_skipped(storage, schedule, "The dataset 'may.csv' does not exist.", now=now())
    tell_skipped(storage, replace(schedule, next_at=(AT + timedelta(hours=1)).isoformat()), "Again.", now=now())
    again, first = list_recorded(storage, workspace)
    assert (again.data["reason"], first.data["reason"]) == ("Again.", "The dataset 'may.csv' does not exist.")
    assert first.type == SCHEDULE_SKIPPED


def test_poison_messages_are_told_once_to_their_workspace_and_stay(storage, workspace):
    work = json.dumps({"table": "jobs", "partition": new_id(), "key": new_id(), "workspace": workspace})
    blob = {"Type": "BlobTrigger", "ContainerName": "training-data", "BlobName": f"{workspace}/s/may.csv"}
    texts = (work, "no JSON", json.dumps(["a list"]))
    encoded = base64.b64encode(json.dumps(blob).encode()).decode()
    for name, contents in zip(QUEUES, (texts, (encoded,)), strict=True):
        queue = storage.queues.get_queue_client(name)
        with contextlib.suppress(ResourceExistsError):
            queue.create_queue()
        queue.clear_messages()
        for text in contents:
            queue.send_message(text)
    assert [tell_poisoned(storage), tell_poisoned(storage)] == [2, 2]
    found = {item.data["queue"]: item.data for item in list_recorded(storage, workspace)}
    assert found["batch-jobs-poison"]["kind"] == "jobs"
    assert found["webjobs-blobtrigger-poison"]["blob"] == f"training-data/{workspace}/s/may.csv"
    assert len(types(storage, workspace)) == 2
    assert len(storage.queues.get_queue_client(QUEUES[0]).peek_messages(max_messages=32)) == 3
    for name in QUEUES:
        storage.queues.get_queue_client(name).clear_messages()
