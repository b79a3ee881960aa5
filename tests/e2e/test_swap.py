"""A swap under load: no request fails, none gets a third kind of answer, none an old one afterwards."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.steps import RESOURCE, ROWS, wait_for, write_people

SWAPS = 10
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def newer(published, tmp_path_factory):
    """A model trained on other rows."""
    workspace = published.workspace
    link = workspace.upload(write_people(tmp_path_factory.mktemp("swaps"), "later.csv", 900, seed=7))
    return workspace.submit_job(published.training_endpoint, {"input1": link}).wait().results["output1"]


@pytest.fixture
def workspace(published):
    """The workspace of the service that other files use, too: it is trained and published once."""
    return published.workspace


@pytest.fixture
def swapping(published, newer):
    """An endpoint of its own for each test, and two models to swap between."""
    seattle = published.workspace.add_endpoint(published.service, f"swap{next(NUMBERS)}")
    return seattle, seattle.resources[0].location, newer


class Caller(threading.Thread):
    """Scores the same rows again and again and keeps every answer with the times of question and answer."""

    def __init__(self, endpoint, stop):
        super().__init__()
        self.endpoint, self.stop = endpoint, stop
        self.answers: list[tuple[float, float, int, bytes]] = []

    def was_answered_since(self, moment: float) -> bool:
        return bool(self.answers) and self.answers[-1][0] > moment

    def run(self):
        body = {"Inputs": {"input1": ROWS}}
        headers = {"Authorization": f"Bearer {self.endpoint.primary_key}"}
        with httpx.Client(headers=headers, timeout=10) as client:
            while not self.stop.is_set():
                asked = time.monotonic()
                answer = client.post(f"{self.endpoint.api_location}/execute?api-version=2.0", json=body)
                self.answers.append((asked, time.monotonic(), answer.status_code, answer.content))


def test_swaps_under_load_are_seen_at_once_and_disturb_nobody(workspace, swapping):
    seattle, old_model, new_model = swapping
    body = {"Inputs": {"input1": ROWS}}
    headers = {"Authorization": f"Bearer {seattle.primary_key}"}

    def ask() -> bytes:
        url = f"{seattle.api_location}/execute?api-version=2.0"
        return httpx.post(url, json=body, headers=headers).content

    kinds = [ask()]
    workspace.update_endpoint(seattle, {RESOURCE: new_model})
    kinds.append(ask())
    assert kinds[0] != kinds[1]
    stop, swaps = threading.Event(), []
    callers = [Caller(seattle, stop) for _ in range(3)]
    for caller in callers:
        caller.start()
    for number in range(SWAPS):
        started = time.monotonic()
        workspace.update_endpoint(seattle, {RESOURCE: old_model if number % 2 == 0 else new_model})
        swaps.append((started, time.monotonic(), kinds[number % 2]))
        wait_for(lambda: all(caller.was_answered_since(swaps[-1][1]) for caller in callers))
    stop.set()
    for caller in callers:
        caller.join()
    answers = sorted(answer for caller in callers for answer in caller.answers)
    assert {status for _, _, status, _ in answers} == {200}
    assert {content for *_, content in answers} == set(kinds)
    for (_, ended, kind), (following, _, _) in itertools.pairwise(swaps):
        between = {content for asked, answered, _, content in answers if ended < asked and answered < following}
        assert between == {kind}


def test_more_calls_at_once_than_allowed_are_503(workspace, swapping):
    seattle, _, _ = swapping
    workspace.update_endpoint(seattle, ThrottleLevel="High", MaxConcurrentCalls=1)
    body = {"Inputs": {"input1": ROWS * 4000}}
    headers = {"Authorization": f"Bearer {seattle.primary_key}"}
    url = f"{seattle.api_location}/execute?api-version=2.0"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: httpx.post(url, json=body, headers=headers, timeout=30), range(12)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert refused[0].json()["error"]["details"][0]["code"] == "TooManyConcurrentRequests"
    assert refused[0].headers["retry-after"] == "1"
    assert httpx.post(url, json={"Inputs": {"input1": ROWS}}, headers=headers).status_code == 200


def test_two_models_share_the_callers_of_an_endpoint(workspace, swapping):
    seattle, _, new_model = swapping
    url = f"{seattle.api_location}/execute?api-version=2.0"
    headers = {"Authorization": f"Bearer {seattle.primary_key}"}

    def ask(caller: int) -> tuple[str | None, bytes]:
        reply = httpx.post(url, json={"Inputs": {"input1": ROWS}}, headers=headers | {"X-Customer": f"c{caller}"})
        return reply.headers.get("x-perennial-deployment"), reply.content

    name, old = ask(0)
    assert name is None
    shown = workspace.set_traffic(
        seattle, {"current": 60, "candidate": 40}, {"candidate": {"": new_model}}, key={"Header": "x-customer"}
    )
    assert [item["Share"] for item in shown["Deployments"]] == [60, 40]
    first = [ask(caller) for caller in range(20)]
    assert {name for name, _ in first} == {"current", "candidate"}
    assert {content for name, content in first if name == "current"} == {old}
    assert first == [ask(caller) for caller in range(20)]
    workspace.set_traffic(seattle, {"current": 40, "candidate": 60})
    more = [ask(caller)[0] for caller in range(20)]
    assert all(now == "candidate" for now, (before, _) in zip(more, first, strict=True) if before == "candidate")
    workspace.promote(seattle, "candidate")
    assert ask(0) == (None, next(content for name, content in first if name == "candidate"))
    assert workspace.list_history(seattle)[-1]["Action"] == "promote"
    workspace.rollback_endpoint(seattle)
    assert ask(0) == (None, old)
