"""Counts of scoring calls: right, from several instances, by hour, lost by no failure of storage, cheap to count."""

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ServiceRequestError

from studio.errors import BadArgument, BadUserArgument, ServiceUnavailable
from studio.overview.activity import activity_object
from studio.overview.directory import Directories
from studio.registry.endpoint_names import EndpointNames
from studio.serving import traffic
from studio.serving.limits import CallLimits
from studio.serving.traffic import Traffic
from studio.serving.traffic_rows import (
    EDGES,
    HourCounts,
    metrics_object,
    quantile_milliseconds,
    read_endpoint,
    read_hours,
    read_services,
)
from studio.storage.keys import new_id
from studio.work.retention import sweep
from tests.storage.schemas import fits

NOON = datetime(2026, 5, 1, 12, 3, tzinfo=UTC)


class Clock(SimpleNamespace):
    """The app's storage at a time that a test sets."""

    def __init__(self, storage):
        super().__init__(now=NOON, table=storage.table, clock=lambda: self.now)


@pytest.fixture
def clock(deployment):
    return Clock(deployment.storage)


@pytest.fixture
def endpoint():
    return SimpleNamespace(id=new_id(), workspace_id=new_id(), service_id=new_id(), name="e", max_concurrent_calls=3)


def call(limits, endpoint, error=None, times=1):
    for _ in range(times):
        try:
            with limits.enter(endpoint):
                if error:
                    raise error
        except (BadUserArgument, RuntimeError):
            pass


def show(clock, endpoint, hours=3):
    found = metrics_object(read_endpoint(clock, endpoint.workspace_id, endpoint.id, hours, now=clock.now))
    assert fits("EndpointMetrics", found)
    return found


def test_an_endpoint_without_a_call_has_hours_of_nothing(clock, endpoint):
    found = show(clock, endpoint)
    assert (found["Calls"], found["P95"], found["PeakHour"], found["Errors"]) == (0, None, None, {})
    starts = [hour["Start"] for hour in found["ByHour"]]
    assert starts == [f"2026-05-01T{hour}:00:00.000Z" for hour in (10, 11, 12)]


def test_calls_are_counted_by_hour_and_status_from_every_instance(clock, endpoint):
    first, second = Traffic(clock), Traffic(clock)
    call(CallLimits(first), endpoint, times=5)
    call(CallLimits(first), endpoint, BadUserArgument("InputParseError", "x"), times=2)
    call(CallLimits(second), endpoint, RuntimeError(), times=1)
    for each in (first, second, first):
        each.flush()
    found = show(clock, endpoint)
    assert (found["Calls"], found["Failed"], found["Errors"]) == (8, 3, {"400": 2, "500": 1})
    clock.now += timedelta(hours=1, minutes=21)
    call(CallLimits(first), endpoint, times=4)
    first.flush()
    found = show(clock, endpoint)
    assert [hour["Calls"] for hour in found["ByHour"]] == [0, 8, 4]
    assert found["ByHour"][1]["FiveMinutes"] == [8, *[0] * 11]
    assert found["ByHour"][1]["FailedFiveMinutes"][0] == 3
    assert found["ByHour"][2]["FiveMinutes"][4] == 4
    assert 0 < found["P50"] <= found["P99"] < 100


def test_calls_at_once_are_limited_and_the_most_are_told(clock, endpoint):
    counted = Traffic(clock)
    limits = CallLimits(counted)
    refused = pytest.raises(ServiceUnavailable, match="3 calls in progress")
    with limits.enter(endpoint), limits.enter(endpoint), limits.enter(endpoint), refused:
        limits.enter(endpoint)
    call(limits, endpoint)
    counted.flush()
    found = show(clock, endpoint)
    assert (found["Peak"], found["PeakHour"]) == (3, "2026-05-01T12:00:00.000Z")
    assert (found["Calls"], found["Errors"]) == (5, {"503": 1})


def test_what_storage_did_not_take_is_written_with_the_next_minute(clock, endpoint, monkeypatch):
    counted = Traffic(clock)
    call(CallLimits(counted), endpoint, times=3)

    def fail(*_):
        raise ServiceRequestError("away")

    monkeypatch.setattr(traffic, "write_counts", fail)
    for _ in range(2):
        with pytest.raises(ServiceRequestError):
            counted.flush()
    monkeypatch.undo()
    clock.now += timedelta(hours=1)
    call(CallLimits(counted), endpoint)
    counted.flush()
    assert [hour["Calls"] for hour in show(clock, endpoint, 2)["ByHour"]] == [3, 1]


def test_an_endpoint_that_rests_is_forgotten_and_counted_again(clock, endpoint):
    counted = Traffic(clock)
    call(CallLimits(counted), endpoint)
    counted.flush()
    clock.now += timedelta(hours=3)
    counted.flush()
    assert (counted._meters, counted._seen, counted._hours) == ({}, {}, {})
    call(CallLimits(counted), endpoint)
    counted.flush()
    assert show(clock, endpoint, 4)["Calls"] == 2


@pytest.mark.attack("Other tenants")
def test_web_services_have_the_calls_of_their_endpoints_and_no_others(deployment, clock, endpoint):
    counted, clock.now = Traffic(clock), deployment.storage.clock()
    other = SimpleNamespace(**vars(endpoint) | {"workspace_id": new_id(), "id": new_id()})
    beside = SimpleNamespace(**vars(endpoint) | {"id": new_id()})
    for each, times in ((endpoint, 2), (beside, 3), (other, 7)):
        call(CallLimits(counted), each, times=times)
    counted.flush()
    found = read_services(clock, endpoint.workspace_id, 24, now=clock.now)
    assert {name: sum(hours[-1].buckets) for name, hours in found.items()} == {endpoint.service_id: 5}
    assert show(clock, SimpleNamespace(**vars(other) | {"workspace_id": endpoint.workspace_id}))["Calls"] == 0
    storage, at = deployment.storage, clock.now
    shown = activity_object(storage, Directories(), EndpointNames(), endpoint.workspace_id, at.isoformat(), now=at)
    assert fits("Activity", shown)
    assert (shown["Traffic"]["Calls"], shown["Traffic"]["ByHour"][-1]) == (5, 5)
    (service,) = shown["Traffic"]["WebServices"]
    assert (service["WebServiceId"], service["Calls"], len(service["ByHour"])) == (endpoint.service_id, 5, 24)


def test_durations_are_told_within_twelve_percent():
    random = Random(5)
    seconds = sorted(random.lognormvariate(-6, 1) for _ in range(4000))
    hour = HourCounts.begin(NOON)
    for value in seconds:
        hour.buckets[sum(edge < value for edge in EDGES)] += 1
    for share in (0.5, 0.95, 0.99):
        exact = 1000 * seconds[int(share * len(seconds)) - 1]
        assert quantile_milliseconds(hour.buckets, share) == pytest.approx(exact, rel=0.13)
    assert quantile_milliseconds([0] * len(EDGES) + [1], 0.5) > 90_000


def test_counts_go_after_eight_days(deployment, clock, endpoint):
    counted = Traffic(clock)
    call(CallLimits(counted), endpoint)
    counted.flush()
    sweep(deployment.storage, now=NOON + timedelta(days=7))
    assert show(clock, endpoint)["Calls"] == 1
    sweep(deployment.storage, now=NOON + timedelta(days=9))
    assert show(clock, endpoint)["Calls"] == 0


@pytest.mark.parametrize("text", ["0", "169", "-1", "1.5", "٣", "9" * 40, "all"])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(BadArgument, match="1 to 168"):
        read_hours(text)
    assert [read_hours(text) for text in (None, "", "168")] == [24, 24, 168]
