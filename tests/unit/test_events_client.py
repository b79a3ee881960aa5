"""Events, subscriptions and the audit log in the client and at the command line; the app's answers are given."""

import json
from itertools import count

import httpx
import pytest
from typer.testing import CliRunner

from perennial import Workspace, cli, cli_events
from perennial.client import Admin
from perennial.transport import Transport
from tests.unit.test_transport import URL


def event(second: int, **more):
    time = f"2026-11-27T08:00:{second:02d}.000Z"
    return {"id": f"{second:032x}", "time": time, "type": "perennial.job.failed", "subject": "jobs/1", "data": more}


class App:
    """Holds events, newest first, and answers as the app does; `asked` is what it was asked."""

    def __init__(self, *events, pages=1000):
        self.events, self.asked, self.pages = list(events), [], pages

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix("/workspaces/w/"), request.url.params
        self.asked.append((request.method, path, dict(query), json.loads(request.content or "null")))
        if path != "events":
            return httpx.Response(200, json=self.answer(request.method, path))
        since, start = query.get("since", "")[:19], int(query.get("after", 0))
        found = [item for item in self.events if item["time"][:19] >= since]
        limit = min(int(query["limit"]), self.pages)
        link = {"link": f'<{URL}/workspaces/w/events?{query.set("after", start + limit)}>; rel="next"'}
        more = link if len(found) > start + limit else {}
        return httpx.Response(200, json=found[start : start + limit], headers=more)

    def answer(self, method, path):
        if path.endswith("redeliver"):
            return {"Events": 3}
        if path.endswith("test"):
            return {"Delivered": "ops" in path, "Reason": "status 500", "Milliseconds": 7}
        if method == "PUT":
            return {"Name": "ops", "Url": "https://h/?***", "Types": [], "Enabled": True, "Secret": "whsec_made"}
        return [{"At": event(1)["time"], "By": "token", "Name": "", "From": "::1", "Action": "x", "Path": "/p"}]

    def workspace(self) -> Workspace:
        return Workspace(URL, "w", "t", httpx.Client(transport=httpx.MockTransport(self)))


@pytest.fixture
def run(monkeypatch):
    def perform(app: App, *arguments: str):
        monkeypatch.setattr("perennial.cli_context.Workspace", lambda *_: app.workspace())
        return CliRunner().invoke(cli.app, ["--workspace", "w", "--token", "t", *arguments])

    return perform


def test_events_come_in_pages_and_no_page_is_asked_for_in_vain():
    app = App(*map(event, (9, 8, 7, 6, 5)), pages=2)
    assert [item["id"] for item in app.workspace().list_events()] == [item["id"] for item in app.events]
    assert len(app.asked) == 3
    assert len(app.workspace().list_events(limit=2)) == 2
    assert len(app.asked) == 4
    assert app.workspace().list_events("2026-11-27T08:00:07", kind="k") == app.events[:3]
    assert app.asked[4][2] == {"since": "2026-11-27T08:00:07", "type": "k", "limit": "500"}


@pytest.mark.parametrize("last", [0, 1, 3, 9])
def test_following_tells_each_event_once_and_none_is_lost(last):
    app = App(event(3), event(2), event(1))

    looks = count(1)

    def pause():
        look = next(looks)
        if look == 1:
            # Another one was recorded late, after a later one.
            app.events[:0] = [event(9), event(4)]
            app.events.insert(4, event(0, late=True) | {"id": "late"})
        if look == 3:
            app.events[:0] = [event(second) for second in range(40, 10, -1)]
        return look < 5

    told = [item["id"] for item in cli_events._follow(app.workspace(), None, last, pause)]
    before = [event(second)["id"] for second in (1, 2, 3)][max(0, 3 - last) :]
    after = ["late", event(4)["id"], event(9)["id"], *(event(second)["id"] for second in range(11, 41))]
    assert told == before + after


def test_following_begins_before_there_is_an_event():
    app = App()

    def pause():
        app.events[:0] = [event(len(app.events) + 1)]
        return len(app.events) < 4

    assert len(list(cli_events._follow(app.workspace(), None, 0, pause))) == 3


def test_what_happens_between_the_first_two_looks_is_told():
    app = App(event(2), event(1))

    class Busy(App):
        def __call__(self, request):
            answer = super().__call__(request)
            if len(self.asked) == 1:
                self.events.insert(0, event(3))
            return answer

    found = cli_events._follow(Busy(*app.events).workspace(), None, 1, lambda: False)
    assert [item["id"] for item in found] == [event(2)["id"], event(3)["id"]]


def test_tail_prints_a_line_an_event(run):
    app = App(event(2, kind="batch", id=None), event(1))
    arguments = ("events", "tail", "--stop-after", "2", "--seconds", "0.2")
    assert "08:00:02  perennial.job.failed  jobs/1  kind: batch" in run(app, *arguments).stdout
    lines = run(app, *arguments, "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [event(1), event(2, kind="batch", id=None)]
    rows = run(app, *arguments, "--csv").stdout.splitlines()
    assert rows[0] == f"{event(1)['time']},perennial.job.failed,jobs/1,{{}},{event(1)['id']}"
    assert "kind: batch" in run(app, "events", "list").stdout


def test_a_secret_is_shown_once_and_a_request_that_may_have_made_one_is_not_repeated(run):
    app = App()
    done = run(app, "events", "subscribe", "ops", "https://h/?x", "--type", "perennial.job.failed")
    assert "whsec_made" in done.stdout
    assert "everything" in done.stdout
    body = {"Url": "https://h/?x", "Types": ["perennial.job.failed"], "Kind": "Webhook", "Enabled": True}
    assert app.asked == [("PUT", "subscriptions/ops", {}, body)]
    tried = []

    def lost(request):
        tried.append(request)
        return httpx.Response(503, text="")

    workspace = Workspace(URL, "w", "t", httpx.Client(transport=httpx.MockTransport(lost)))
    with pytest.raises(cli_events.PerennialError):
        workspace.put_subscription("ops", "https://h/")
    assert len(tried) == 1


def test_subscriptions_and_the_audit_log_at_the_command_line(run):
    app = App()
    assert "3 events are sent again" in run(app, "events", "redeliver", "ops").stdout
    assert json.loads(run(app, "audit", "--json").stdout)[0]["By"] == "token"
    assert run(app, "events", "unsubscribe", "a/b", "--json").exit_code == 0
    asked = [(method, path) for method, path, _, _ in app.asked]
    assert asked == [("POST", "subscriptions/ops/redeliver"), ("GET", "audit"), ("DELETE", "subscriptions/a/b")]
    assert "needs --workspace" in CliRunner().invoke(cli.app, ["audit", "--admin-token", "t"]).stderr


def test_a_receiver_is_tried_at_the_command_line(run):
    app = App()
    taken, refused = (run(app, "events", "test", name) for name in ("ops", "a/b"))
    assert (taken.exit_code, "ops: the receiver took it (7 ms)" in taken.stdout) == (0, True)
    assert (refused.exit_code, "did NOT take it: status 500" in refused.stdout) == (1, True)
    assert app.asked[-1][:2] == ("POST", "subscriptions/a/b/test")


def test_the_administrator_reads_the_log_of_any_workspace():
    admin, app = Admin(URL, "t"), App()
    admin._http = Transport(URL, "t", httpx.Client(transport=httpx.MockTransport(app)))
    assert len(admin.list_acts("w", until="2026-01-01", limit=5)) == 1
    assert app.asked == [("GET", "audit", {"until": "2026-01-01", "limit": "5"}, None)]
