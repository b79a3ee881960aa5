"""Delivery of events, on Azurite and to servers on this machine: signed, at least once, and each to its receiver."""

import base64
import hashlib
import hmac
import http.server
import json
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.events.delivery import (
    BACKOFF,
    CLAIM,
    count_deliveries,
    dead_letters,
    hand_over,
    redeliver,
    tell_due,
)
from studio.events.sending import Sender, event_grid_url, signature_headers
from studio.events.subscriptions import (
    MOST,
    delete_subscription,
    get_subscription,
    list_deliveries,
    list_subscriptions,
    note_turn,
    put_subscription,
    subscription_object,
)
from studio.events.trial import try_delivery
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.connections import Patience
from studio.storage.event_log import JOB_FAILED, SWAPPED, Notice, emit, event_id
from studio.storage.keys import new_id
from studio.storage.rows import list_rows
from tests.storage.storage_calls import Killed, KilledAtWrite

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
HASTY = Patience(0.3, 0.3, 0.3, 0.5, 1024 * 1024, 1024 * 1024, 0)


class Receiver(http.server.ThreadingHTTPServer):
    """Records what it is told; answers with the statuses it was given, then with 204."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses, self.told, self.headers = [], [], {}
        self.seconds = 0.0
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()

    @property
    def host(self):
        return f"127.0.0.1:{self.server_port}"

    def ids(self):
        return [json.loads(item.body)["id"] for item in self.told]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        time.sleep(self.server.seconds)
        self.server.told.append(SimpleNamespace(path=self.path, headers=dict(self.headers.items()), body=body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def receivers():
    found = [Receiver() for _ in range(2)]
    yield found
    for each in found:
        each.shutdown()
        each.server_close()


@pytest.fixture
def receiver(receivers):
    for each in receivers:
        each.statuses, each.told, each.headers, each.seconds = [], [], {}, 0.0
    return receivers[0]


@pytest.fixture(scope="module")
def storage(app_settings, receivers):
    hosts = ",".join((*(each.host for each in receivers), "hooks.example.org", "*.westeurope-1.eventgrid.azure.net"))
    return open_app(read_settings(app_settings | {"PERENNIAL_EVENT_HOSTS": hosts})).storage


@pytest.fixture
def sender(storage):
    return Sender(storage.settings, lambda: "token of the identity", HASTY)


@pytest.fixture
def workspace(storage):
    workspace = new_id()
    yield workspace
    for item in list_subscriptions(storage, workspace):
        delete_subscription(storage, workspace, item.name)


def subscribe(storage, workspace, receiver, name="ops", **more):
    body = {"Url": f"http://{receiver.host}/hook?code=s3cret", "Secret": SECRET} | more
    return put_subscription(storage, workspace, name, body, now=AT)[0]


def happen(storage, workspace, count=1, type_=SWAPPED, at=AT):
    notices = [
        Notice(
            type_,
            "services/s/endpoints/e",
            {"n": number},
            f"{at}/{number}",
            (at + timedelta(seconds=number)).isoformat(),
        )
        for number in range(count)
    ]
    for notice in notices:
        emit(storage, workspace, notice)
    return [event_id(workspace, notice) for notice in notices]


def later(minutes):
    return AT + timedelta(minutes=minutes)


def tick(storage, sender, at):
    """A tick of the timer."""
    return tell_due(storage, sender, now=at)


def next_tick(storage, workspace, at):
    """When the timer will next do anything for a workspace, by the minute."""
    turns = [item.next_at for item in list_subscriptions(storage, workspace)]
    due = [row["NextAt"] for row in list_rows(storage.table("deliveries"), workspace) if row["State"] == "Waiting"]
    return max(at + timedelta(minutes=1), datetime.fromisoformat(max(min(turns), min(due)))) if due else None


def test_an_event_arrives_as_a_signed_cloud_event_and_once(storage, workspace, receiver, sender):
    subscribe(storage, workspace, receiver)
    (id_,) = happen(storage, workspace)
    assert [tick(storage, sender, later(1)), tick(storage, sender, later(2))] == [1, 0]
    (told,) = receiver.told
    headers = {name.lower(): value for name, value in told.headers.items()}
    assert (told.path, headers["content-type"]) == ("/hook?code=s3cret", "application/cloudevents+json; charset=utf-8")
    assert json.loads(told.body) == {
        "specversion": "1.0",
        "id": id_,
        "source": f"/workspaces/{workspace}",
        "type": "perennial.model.swapped",
        "subject": "services/s/endpoints/e",
        "time": "2026-11-01T12:00:00.000Z",
        "datacontenttype": "application/json",
        "data": {"n": 0},
    }
    # As docs/how-to/be-told.md tells receivers to check it.
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + told.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == id_
    assert get_subscription(storage, workspace, "ops").last_at == later(1).isoformat()


def test_a_trial_arrives_signed_and_leaves_nothing_behind(storage, workspace, receiver, sender):
    subscription = subscribe(storage, workspace, receiver, Enabled=False)
    receiver.statuses = [204, 500]
    found = try_delivery(sender, subscription, by="t", now=AT)
    assert (found["Delivered"], found["Reason"]) == (True, None)
    assert try_delivery(sender, subscription, by="t", now=AT)["Reason"] == "HTTP 500"
    told = json.loads(receiver.told[0].body)
    assert (told["type"], told["subject"]) == ("perennial.subscription.tested", "subscriptions/ops")
    assert "webhook-signature" in {name.lower() for name in receiver.told[0].headers}
    assert not list(list_rows(storage.table("events"), workspace))
    assert get_subscription(storage, workspace, "ops") == subscription


@pytest.mark.attack("What callers claim")
def test_the_receiver_on_the_page_knows_what_the_app_sent_from_anything_else():
    page = (Path(__file__).parents[2] / "docs/how-to/be-told.md").read_text()
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "def is_from_perennial" in block)
    found: dict = {}
    exec(code, found)
    body, now = b'{"id": "1"}', datetime.now(UTC)
    headers = signature_headers(SECRET, "1", body, now)
    assert found["is_from_perennial"](SECRET, headers, body)
    assert not found["is_from_perennial"](SECRET, headers, body + b" ")
    assert not found["is_from_perennial"](SECRET, headers | {"webhook-id": "2"}, body)
    late = signature_headers(SECRET, "1", body, now - timedelta(minutes=6))
    assert not found["is_from_perennial"](SECRET, late, body)


def test_each_subscription_gets_the_types_it_asked_for_from_when_it_was_made(
    storage, workspace, receivers, receiver, sender
):
    happen(storage, workspace, at=AT - timedelta(hours=1))
    subscribe(storage, workspace, receiver)
    subscribe(storage, workspace, receivers[1], "failed", Types=[JOB_FAILED])
    (swap,) = happen(storage, workspace)
    (job,) = happen(storage, workspace, type_=JOB_FAILED, at=later(1))
    tick(storage, sender, later(2))
    assert receiver.ids() == [swap, job]
    assert receivers[1].ids() == [job]
    assert not list(list_rows(storage.table("deliveries"), workspace))
    assert not list(list_rows(storage.table("events"), workspace, "RowKey ge 'p-'"))


@pytest.mark.long
def test_a_receiver_that_fails_half_of_the_time_gets_every_event_in_the_end(storage, workspace, receiver, sender):
    subscribe(storage, workspace, receiver)
    ids = happen(storage, workspace, 12)
    receiver.statuses = [500, 204] * 12
    at = later(1)
    while at is not None:
        tick(storage, sender, at)
        at = next_tick(storage, workspace, at)
    assert set(receiver.ids()) == set(ids)
    accepted = [id_ for id_, status in zip(receiver.ids(), [500, 204] * 12, strict=False) if status == 204]
    assert sorted(accepted) == sorted(set(accepted))


def test_a_receiver_that_is_away_is_tried_ever_more_rarely_then_given_up_and_told_again_on_request(
    storage, workspace, receiver, sender
):
    subscribe(storage, workspace, receiver)
    (id_,) = happen(storage, workspace)
    receiver.statuses = [503] * 100
    at, before = later(1), None
    while at is not None:
        tick(storage, sender, at)
        before, at = at, next_tick(storage, workspace, at)
    assert later(24 * 60) <= before <= later(26 * 60)
    tries = len(receiver.told)
    assert len(BACKOFF) + 20 < tries < len(BACKOFF) + 27
    (letter,) = dead_letters(storage, workspace, "ops", 10)
    assert (letter["Id"], letter["LastError"], letter["Attempts"]) == (id_, "HTTP 503", tries)
    assert count_deliveries(storage, get_subscription(storage, workspace, "ops")) == {"Waiting": 0, "DeadLetters": 1}
    receiver.statuses = []
    assert tick(storage, sender, later(24 * 60 + 200)) == 0
    assert redeliver(storage, workspace, "ops", now=later(24 * 60 + 201)) == 1
    assert tick(storage, sender, later(24 * 60 + 201)) == 1
    assert not dead_letters(storage, workspace, "ops", 10)


def test_a_receiver_says_when_to_come_again_and_when_never(storage, workspace, receiver, sender):
    subscribe(storage, workspace, receiver)
    happen(storage, workspace, 3)
    receiver.statuses, receiver.headers = [429], {"Retry-After": "1200"}
    tick(storage, sender, later(1))
    tick(storage, sender, later(20))
    assert len(receiver.told) == 1
    receiver.statuses = [410]
    tick(storage, sender, later(22))
    found = get_subscription(storage, workspace, "ops")
    assert (found.enabled, found.last_error, len(receiver.told)) == (False, "HTTP 410", 2)
    tick(storage, sender, later(200))
    assert len(receiver.told) == 2


@pytest.mark.attack("Work that is cut off")
def test_a_process_killed_at_any_write_loses_no_event(storage, workspace, receiver, sender, record_property):
    subscribe(storage, workspace, receiver)
    for line in range(1, 60):
        receiver.told.clear()
        ids = happen(storage, workspace, 2, at=later(10 * line))
        found = list_subscriptions(storage, workspace)
        try:
            with KilledAtWrite(line):
                hand_over(storage, workspace, found, now=later(10 * line))
            killed = False
        except Killed:
            killed = True
        tick(storage, sender, later(10 * line + 5))
        assert set(receiver.ids()) == set(ids), line
        if not killed:
            record_property("attacks", line)
            assert line > 4
            return
    raise AssertionError("It never came to its end.")


def test_a_turn_that_died_is_taken_up_after_its_claim(storage, workspace, receiver, sender):
    subscription = subscribe(storage, workspace, receiver)
    happen(storage, workspace)
    hand_over(storage, workspace, [subscription], now=AT)
    assert note_turn(storage, subscription, NextAt=(later(1) + CLAIM).isoformat())
    assert not note_turn(storage, subscription, NextAt=later(1).isoformat())
    assert tick(storage, sender, later(1.5)) == 0
    assert tick(storage, sender, later(2.1)) == 1


@pytest.mark.attack("Addresses of other hosts")
@pytest.mark.parametrize(
    "url, what",
    [
        ("https://elsewhere.example.org/", "may not be sent to 'elsewhere.example.org'"),
        ("http://hooks.example.org/", "must start with https"),
        ("https://hooks.example.org@evil.org/", "user name"),
        ("https://hooks.example.org:8443/", "may not be sent to"),
        ("https://hooks.example.org\\@evil.org/", "backslash"),
        ("https://hooks.example.org/a\r\nx: y", "control character"),
        ("https://169.254.169.254/metadata", "may not be sent to"),
        ("https://account.blob.core.windows.net/c/b", "may not be sent to"),
        ("file:///etc/passwd", "http"),
        ("", "Url must be"),
        (7, "Url must be"),
    ],
)
def test_only_listed_hosts_are_told(storage, workspace, url, what):
    with pytest.raises((BadArgument, InvalidOperation), match=what):
        put_subscription(storage, workspace, "ops", {"Url": url}, now=AT)
    assert not list_subscriptions(storage, workspace)


@pytest.mark.attack("Addresses of other hosts")
def test_redirects_and_names_that_lead_inside_are_not_followed(
    storage, workspace, receivers, receiver, sender, monkeypatch
):
    subscribe(storage, workspace, receiver)
    happen(storage, workspace)
    receiver.statuses, receiver.headers = [307], {"Location": f"http://{receivers[1].host}/"}
    tick(storage, sender, later(1))
    assert (len(receiver.told), receivers[1].told) == (1, [])
    assert get_subscription(storage, workspace, "ops").last_error == "HTTP 307"

    def leads_inside(*_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receivers[1].server_port))]

    monkeypatch.setattr(socket, "getaddrinfo", leads_inside)
    other = put_subscription(storage, new_id(), "ops", {"Url": "https://hooks.example.org/"}, now=AT)[0]
    event = SimpleNamespace(id="1", type="t", subject="s", at=AT.isoformat(), data={})
    answer = sender.send(other, event, now=AT)
    assert (answer.delivered, receivers[1].told) == (False, [])
    assert "not on the public internet" in answer.reason


@pytest.mark.long
@pytest.mark.attack("Floods and slow hosts")
def test_a_slow_receiver_harms_no_other(storage, receivers, receiver, sender):
    slow, quick = new_id(), new_id()
    receiver.seconds = 1.0
    for number in range(3):
        subscribe(storage, slow, receiver, f"slow-{number}")
    subscribe(storage, quick, receivers[1])
    happen(storage, slow, 20)
    ids = happen(storage, quick, 5)
    started = time.monotonic()
    tick(storage, sender, later(1))
    assert time.monotonic() - started < 5
    assert receivers[1].ids() == ids
    # Two failures each, then their turns were over.
    assert get_subscription(storage, slow, "slow-0").failures == 1
    for name in ("slow-0", "slow-1", "slow-2"):
        delete_subscription(storage, slow, name)
    assert not list(list_rows(storage.table("deliveries"), slow))


def test_secrets_are_shown_once_kept_and_stored_sealed(storage, workspace, receiver):
    body = {"Url": f"http://{receiver.host}/hook?code=s3cret"}
    first, made = put_subscription(storage, workspace, "ops", body, now=AT)
    assert made == first.secret
    assert made.startswith("whsec_")
    shown = subscription_object(first)
    assert shown["Url"] == f"http://{receiver.host}/hook?***"
    kept, again = put_subscription(storage, workspace, "ops", {"Url": shown["Url"], "Types": [SWAPPED]}, now=AT)
    assert (kept.url, kept.secret, again) == (first.url, first.secret, None)
    (row,) = list_rows(storage.table("subscriptions"), workspace)
    assert not [value for value in row.values() if "s3cret" in str(value) or made in str(value)]
    # A row that was copied opens in no other workspace.
    other = new_id()
    storage.table("subscriptions").upsert_entity(dict(row) | {"PartitionKey": other})
    assert (get_subscription(storage, other, "ops").url, get_subscription(storage, other, "ops").secret) == ("", "")
    delete_subscription(storage, other, "ops")


@pytest.mark.parametrize(
    "name, changes, what",
    [
        ("Ops", {}, "lower-case"),
        ("a\r\nb", {}, "lower-case"),
        ("a~b", {}, "lower-case"),
        ("ops", {"Types": ["perennial.unknown"]}, "Types must be"),
        ("ops", {"Secret": "whsec_c2hvcnQ="}, "24 to 64 bytes"),
        ("ops", {"Secret": "no prefix"}, "24 to 64 bytes"),
        ("ops", {"Kind": "Kafka"}, "Webhook or EventGrid"),
        ("ops", {"Enabled": "maybe"}, "true or false"),
        ("ops", {"Urls": []}, "among Url"),
    ],
)
def test_what_is_wrong_with_a_subscription_is_said(storage, workspace, receiver, name, changes, what):
    with pytest.raises(BadArgument, match=what):
        put_subscription(storage, workspace, name, {"Url": f"http://{receiver.host}/"} | changes, now=AT)


@pytest.mark.attack("Floods and slow hosts")
def test_a_workspace_has_a_limit_of_subscriptions(storage, workspace, receiver):
    for number in range(MOST):
        subscribe(storage, workspace, receiver, f"n{number}")
    with pytest.raises(InvalidOperation, match=str(MOST)):
        subscribe(storage, workspace, receiver, "more")
    subscribe(storage, workspace, receiver, "n0", Types=[SWAPPED])


def test_a_deleted_subscription_is_told_nothing_more(storage, workspace, receiver, sender):
    subscription = subscribe(storage, workspace, receiver)
    happen(storage, workspace)
    hand_over(storage, workspace, [subscription], now=AT)
    delete_subscription(storage, workspace, "ops")
    assert not list(list_deliveries(storage, workspace, "ops"))
    assert tick(storage, sender, later(1)) == 0
    with pytest.raises(NotFound):
        get_subscription(storage, workspace, "ops")


def test_event_grid_is_told_with_a_token_of_the_identity(storage, workspace, receiver, sender):
    subscribe(storage, workspace, receiver, Kind="EventGrid", Url=f"http://{receiver.host}/api/events", Secret=None)
    (id_,) = happen(storage, workspace)
    assert tick(storage, sender, later(1)) == 1
    (told,) = receiver.told
    headers = {name.lower(): value for name, value in told.headers.items()}
    assert told.path == "/api/events?api-version=2018-01-01"
    assert headers["authorization"] == "Bearer token of the identity"
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert json.loads(told.body)["id"] == id_
    assert "webhook-signature" not in headers


@pytest.mark.attack("Addresses of other hosts")
def test_the_identity_s_token_goes_to_topics_of_event_grid_only(storage, workspace):
    with pytest.raises(BadArgument, match="must be a topic of Event Grid"):
        put_subscription(storage, workspace, "g", {"Kind": "EventGrid", "Url": "https://hooks.example.org/"}, now=AT)
    topic = "https://evgt.westeurope-1.eventgrid.azure.net"
    found, made = put_subscription(storage, workspace, "g", {"Kind": "EventGrid", "Url": topic}, now=AT)
    assert made is None
    assert event_grid_url(found.url) == f"{topic}/api/events?api-version=2018-01-01"
    with pytest.raises(BadArgument, match="managed identity"):
        put_subscription(storage, workspace, "g", {"Kind": "EventGrid", "Url": topic, "Secret": SECRET}, now=AT)
