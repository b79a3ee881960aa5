"""Pipelines of one workspace that ask for too much: refused, or kept from delaying other workspaces."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from studio.automation.dispatch import start_due_work
from studio.errors import BadArgument
from studio.pipelines.documents import DocumentName
from studio.pipelines.runs import Origin, create_run, list_activity_runs, list_pipeline_runs, new_run_id, rerun
from studio.pipelines.triggers import put_watched_document, run_trigger_now, start_trigger
from studio.registry.workspaces import create_workspace

pytestmark = pytest.mark.attack("Schedules and windows")
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
URL = "https://host/workspaces/w/services/s/jobs"


class Tenant:
    """A workspace with a linked service to a host that no activity reaches."""

    def __init__(self, deployment):
        self.storage = deployment.storage
        self.id = create_workspace(deployment.storage, "Tenant", now=NOW).id
        self.put("linkedservices", "S", type="AzureML", typeProperties={"mlEndpoint": URL, "apiKey": "k"})

    def put(self, kind, name, at=NOW, **properties):
        place = DocumentName(self.id, kind, name)
        return put_watched_document(self.storage, place, {"properties": properties}, "https://host", now=at)

    def slices(self, name, start, frequency="Minute"):
        self.put("datasets", "O", type="AzureBlob", availability={"frequency": frequency, "interval": 1})
        policy = {"executionPriorityOrder": "NewestFirst", "concurrency": 10}
        item = activity(linkedServiceName="S", outputs=[{"name": "O"}], policy=policy)
        return self.put("pipelines", name, start=start, end="2030-01-01T00:00:00Z", activities=[item])

    def trigger(self, parameters=None, name="T"):
        self.put("pipelines", "P", activities=[activity()], parameters={"x": {"defaultValue": ""}})
        reference = {"pipelineReference": {"referenceName": "P"}, "parameters": parameters or {}}
        recurrence = {"frequency": "Minute", "interval": 1, "startTime": NOW.isoformat()}
        given = {"recurrence": recurrence}
        return self.put("triggers", name, type="ScheduleTrigger", pipelines=[reference], typeProperties=given)

    def runs(self, pipeline=None):
        return list_pipeline_runs(self.storage, self.id, {}, pipeline)


def activity(name="A", **more):
    return {"name": name, "type": "AzureMLBatchExecution", "linkedServiceName": {"referenceName": "S"}} | more


@pytest.fixture
def tenant(deployment):
    return Tenant(deployment)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


def refused(word, run):
    with pytest.raises(BadArgument, match=word) as caught:
        run()
    assert len(caught.value.message) < 2000


def test_a_document_nested_without_end_is_refused(tenant):
    for kind in ("pipelines", "linkedservices", "datasets"):
        refused("at most 100 deep", lambda kind=kind: tenant.put(kind, "Deep", activities=nested(600)))
    deep = {"a": nested(600)}
    refused("at most 100 deep", lambda: tenant.trigger(deep))


def test_a_pipeline_of_thousands_of_activities_is_refused(tenant):
    started = time.process_time()
    refused("at most 120 activities", lambda: tenant.put("pipelines", "Wide", activities=[activity()] * 4000))
    assert time.process_time() - started < 1


def test_a_run_whose_parameters_storage_cannot_take_is_refused(tenant):
    tenant.trigger()
    saved = tenant.put("pipelines", "P", activities=[activity()], parameters={"x": {"defaultValue": "1"}})
    run = {"x": "a" * 100_000}
    refused("about 24,000", lambda: create_run(tenant.storage, saved, run, Origin(new_run_id()), now=NOW))
    deep = {"x": nested(600)}
    refused("100 deep", lambda: create_run(tenant.storage, saved, deep, Origin(new_run_id()), now=NOW))


def test_a_trigger_whose_parameters_grow_says_so(tenant):
    thousand = "a" * 1000
    grown = f"@replace(replace(replace('aa', 'a', '{thousand}'), 'a', '{thousand}'), 'a', '{thousand}')"
    saved = tenant.trigger({"x": grown})
    refused("more than 1,048,576 characters", lambda: run_trigger_now(tenant.storage, saved, now=NOW))
    saved = tenant.trigger({"x": "@addToTime(utcNow(),1,5)"})
    refused("is not a string", lambda: run_trigger_now(tenant.storage, saved, now=NOW))


def test_activities_are_recorded_once_by_ticks_that_come_twice_and_by_reruns(tenant):
    items = [activity(f"A{number}") for number in range(120)]
    saved = tenant.put("pipelines", "Many", activities=items)
    run_id = new_run_id()
    for _ in range(2):
        create_run(tenant.storage, saved, {}, Origin(run_id), now=NOW)
    names = [item.name for item in list_activity_runs(tenant.storage, run_id)]
    assert names == [item["name"] for item in items]
    again = rerun(tenant.storage, saved, run_id, from_failure=True, now=NOW)
    assert len(list_activity_runs(tenant.storage, again)) == 120


def test_one_workspace_with_millions_of_slices_does_not_delay_another(deployment, tenant):
    for number in range(3):
        tenant.slices(f"Minutes{number}", "1986-01-01T00:00:00Z")
    other = Tenant(deployment)
    start_trigger(other.storage, other.trigger(), now=NOW)
    started = time.monotonic()
    start_due_work(deployment.storage, now=NOW + timedelta(seconds=90))
    assert time.monotonic() - started < 20
    assert len(other.runs()) == 1
    assert len(tenant.runs()) == 30


def test_a_tick_without_time_left_leaves_the_rest_to_the_next(deployment):
    tenants = [Tenant(deployment) for _ in range(3)]
    for tenant in tenants:
        for number in range(3):
            start_trigger(tenant.storage, tenant.trigger(name=f"T{number}"), now=NOW)
    ticks = 0
    while sum(len(tenant.runs()) for tenant in tenants) < 9:
        start_due_work(deployment.storage, now=NOW + timedelta(seconds=60 + ticks), seconds=0.05)
        ticks += 1
        assert ticks < 100
        counts = [len(tenant.runs()) for tenant in tenants]
    assert counts == [3, 3, 3]
