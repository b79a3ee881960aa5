"""Workspaces take turns: a long queue of one does not delay another, whoever takes the messages, and whoever dies."""

import threading
import time
from datetime import timedelta

import pytest

from studio.automation.dispatch import Ticket, perform_next
from studio.pipelines.runs import Origin, create_run, get_run, new_run_id
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.rows import change_row, find_row, list_rows
from studio.work.queue import ACTIVE, WorkMessage, read_message, requeue_orphans
from studio.work.state import State, WorkKey
from tests.storage.in_process import now
from tests.storage.storage_calls import Killed, KilledAtWrite, StorageCalls
from tests.storage.test_pipeline_limits import Tenant, activity

pytestmark = pytest.mark.attack("Other tenants")


class Worker:
    """A background process of its own, as far as memory goes."""

    def __init__(self, app_settings):
        self.app = open_app(read_settings(app_settings))
        self.queue = self.app.storage.job_queue()

    def take_one(self):
        """Do what one message asks for; return whether there was one."""
        for message in self.queue.receive_messages(max_messages=1, visibility_timeout=60):
            perform_next(self.app, Ticket(read_message(message.content)), now=now())
            self.queue.delete_message(message)
            return True
        return False

    def empty(self):
        while self.take_one():
            pass


@pytest.fixture
def worker(app_settings):
    worker = Worker(app_settings)
    worker.queue.clear_messages()
    table = worker.app.storage.table("jobs")
    for row in list_rows(table, ACTIVE):
        table.delete_entity(ACTIVE, row["RowKey"])
    return worker


class Queued(Tenant):
    """A workspace whose runs fail in their first step, since they call a host that is not allowed."""

    def __init__(self, worker, count):
        super().__init__(worker.app)
        self.saved = self.put("pipelines", "P", activities=[activity()])
        self.ids = [self.add() for _ in range(count)]

    def add(self):
        return create_run(self.storage, self.saved, {}, Origin(new_run_id()), now=now())

    def states(self):
        return [str(get_run(self.storage, self.id, run_id).work.state) for run_id in self.ids]

    def done(self):
        return self.states().count("Failed")


def test_one_run_of_a_workspace_starts_next_although_another_has_a_long_queue(worker, record_property):
    many = Queued(worker, 60)
    for _ in range(2):
        worker.take_one()
    one = Queued(worker, 1)
    started, taken = time.monotonic(), 0
    while not one.done():
        worker.take_one()
        taken += 1
    record_property("seconds", time.monotonic() - started)
    # The message just taken may have been for the others, by the listing of a moment ago.
    assert taken <= 10
    assert many.done() + one.done() == taken + 2
    worker.queue.clear_messages()


def test_workspaces_with_as_much_in_progress_take_turns(worker):
    tenants = [Queued(worker, count) for count in (9, 3, 3)]
    worker.app.turns.others_wait(worker.app.storage, "")
    for _ in range(9):
        worker.take_one()
    assert [tenant.done() for tenant in tenants] == [3, 3, 3]
    worker.empty()
    assert [tenant.done() for tenant in tenants] == [9, 3, 3]


def test_the_work_of_a_workspace_is_done_in_its_order(worker):
    tenant = Queued(worker, 6)
    ended = []
    while worker.take_one():
        ended.append(tenant.states().index("Queued") if "Queued" in tenant.states() else 6)
    assert ended == [1, 2, 3, 4, 5, 6]


def test_workers_at_the_same_time_do_everything_once(worker, app_settings):
    tenants = [Queued(worker, count) for count in (20, 2, 2)]
    threads = [threading.Thread(target=Worker(app_settings).empty) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.empty()
    assert [tenant.done() for tenant in tenants] == [20, 2, 2]
    runs = [get_run(tenant.storage, tenant.id, run_id) for tenant in tenants for run_id in tenant.ids]
    assert {run.work.attempt for run in runs} == {1}
    assert list(list_rows(worker.app.storage.table("jobs"), ACTIVE)) == []


def test_a_message_costs_no_more_calls_of_storage_when_many_wait(worker):
    tenant = Queued(worker, 3)
    worker.take_one()
    with StorageCalls() as few:
        worker.take_one()
    tenant.ids += [tenant.add() for _ in range(60)]
    with StorageCalls() as many:
        worker.take_one()
    # One more listing at the most; no message is sent back.
    assert many.count <= few.count + 1
    assert worker.queue.get_queue_properties().approximate_message_count == 60
    worker.queue.clear_messages()


@pytest.mark.long
def test_a_worker_killed_at_any_write_loses_nothing(worker, record_property):
    for line in range(1, 100):
        tenants = [Queued(worker, 2), Queued(worker, 1)]
        asked = next(iter(worker.queue.receive_messages(max_messages=1)))
        worker.queue.delete_message(asked)
        try:
            with KilledAtWrite(line):
                perform_next(worker.app, Ticket(read_message(asked.content)), now=now())
            killed = False
        except Killed:
            killed = True
        for row in list_rows(worker.app.storage.table("jobs"), ACTIVE):
            key = read_message(row["Key"]).key
            past = {"LeaseUntil": (now() - timedelta(hours=1)).isoformat()}
            change_row(worker.app.storage.table(key.table), key.partition, key.key, lambda row, past=past: row | past)
        worker.empty()
        requeue_orphans(worker.app.storage, now=now() + timedelta(minutes=6))
        worker.empty()
        assert [tenant.done() for tenant in tenants] == [2, 1], line
        if not killed:
            record_property("attacks", line - 1)
            assert line > 4
            return
    raise AssertionError("It never came to its end.")


def test_orphans_are_not_sent_again_while_the_queue_has_a_message_for_each(worker):
    tenant = Queued(worker, 5)
    later = now() + timedelta(minutes=6)
    assert requeue_orphans(worker.app.storage, now=later) == 0
    worker.queue.clear_messages()
    assert requeue_orphans(worker.app.storage, now=later) == 5
    worker.empty()
    assert tenant.done() == 5


def test_a_message_that_comes_twice_does_nothing_the_second_time(worker):
    tenant = Queued(worker, 1)
    key = WorkKey("pipelineruns", tenant.id, tenant.ids[0])
    for _ in range(3):
        perform_next(worker.app, Ticket(WorkMessage(key)), now=now())
    run = get_run(tenant.storage, tenant.id, tenant.ids[0])
    assert (run.work.state, run.work.attempt) == (State.FAILED, 1)
    assert find_row(tenant.storage.table("jobs"), ACTIVE, key.active_key) is None
    worker.queue.clear_messages()
