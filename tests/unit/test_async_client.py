"""The asynchronous client: the twin of the plain one, with many requests at a time, cancellation and timeouts."""

import asyncio
import inspect
import json
import time
from pathlib import Path

import httpx
import pytest

import perennial
from perennial import AsyncWorkspace, Endpoint, PerennialError, Workspace
from perennial.async_client import AsyncAdmin, AsyncJob
from perennial.async_publishing import AsyncPublishedPipeline
from perennial.client import Admin, Job
from perennial.publishing import PublishedPipeline
from tests.unit.test_transport import ENDPOINT, SECRET, URL
from tools.async_client import async_modules

ROOT = Path(__file__).parents[2]
LIVE = Endpoint.from_json(ENDPOINT)
PROGRESS = {"done": 0, "total": 1, "step": "training"}


class Service:
    """Answers after a pause, and counts how many requests it has at a time; `job` is the state of every job."""

    def __init__(self, seconds: float = 0.0, job: str = "Running") -> None:
        self.seconds, self.job, self.now, self.most, self.seen = seconds, job, 0, 0, []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, request.url.path.rpartition("/")[2]))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.now -= 1
        return httpx.Response(200, json=self.answer(request))

    def answer(self, request: httpx.Request):
        if request.url.path.endswith("/execute"):
            rows = json.loads(request.content)["Inputs"]["input1"]
            return {"Results": {"output1": [{"Scored Labels": str(row["age"])} for row in rows]}}
        if request.method == "GET":
            return {"StatusCode": self.job, "Details": None, "Results": None, "Progress": PROGRESS}
        return "job1"

    def workspace(self) -> AsyncWorkspace:
        return AsyncWorkspace(URL, "w", SECRET, httpx.AsyncClient(transport=httpx.MockTransport(self)))


def test_the_twins_are_those_of_the_plain_client():
    # Written by `make reference`.
    for name, text in async_modules().items():
        assert (ROOT / "perennial" / name).read_text() == text, name


@pytest.mark.parametrize(
    "plain, twin",
    [(Workspace, AsyncWorkspace), (Job, AsyncJob), (Admin, AsyncAdmin), (PublishedPipeline, AsyncPublishedPipeline)],
)
def test_the_surface_is_the_same(plain, twin):
    def surface(of):
        return {
            name: list(inspect.signature(value).parameters)
            for name, value in vars(of).items()
            if inspect.isfunction(value) and not name.startswith("_")
        }

    assert surface(plain) == surface(twin)
    waiting = {name for name, value in vars(twin).items() if inspect.iscoroutinefunction(value)}
    assert set(surface(plain)) - waiting <= {"get_job"}


def test_a_hundred_scores_at_a_time_take_as_long_as_one():
    service = Service(0.05)

    async def score():
        async with service.workspace() as workspace:
            return await asyncio.gather(*(workspace.score(LIVE, [{"age": age}]) for age in range(100)))

    started = time.monotonic()
    found = asyncio.run(score())
    assert [rows[0]["Scored Labels"] for rows in found] == [str(age) for age in range(100)]
    assert service.most > 90
    assert time.monotonic() - started < 100 * 0.05 / 2


def test_cancelling_a_score_ends_its_request():
    service = Service(60)

    async def cancel():
        async with service.workspace() as workspace:
            task = asyncio.create_task(workspace.score(LIVE, [{"age": 1}]))
            while not service.now:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return service.now

    assert asyncio.run(cancel()) == 0
    assert service.seen == [("POST", "execute")]


def test_a_timeout_of_asyncio_is_not_taken_for_a_failure_to_repeat():
    service = Service(60)

    async def wait():
        async with service.workspace() as workspace:
            await asyncio.wait_for(workspace.list_experiments(), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    assert len(service.seen) == 1


def test_waiting_for_a_job_ends_in_time_and_leaves_the_job():
    service = Service()

    async def wait():
        async with service.workspace() as workspace:
            job = await workspace.submit_job(LIVE)
            await job.wait(timeout=0.2)

    with pytest.raises(PerennialError, match="goes on in the app") as error:
        asyncio.run(wait())
    assert error.value.code == "TimedOut"
    assert all(method != "DELETE" for method, _ in service.seen)


@pytest.mark.parametrize("how", ["timeout", "cancel"])
def test_a_batch_that_nobody_waits_for_any_more_is_cancelled_in_the_app(how):
    service = Service()

    async def score():
        async with service.workspace() as workspace:
            link = {"BaseLocation": "http://h/", "RelativeLocation": "c/b.csv", "SasBlobToken": ""}
            scoring = workspace.batch_score(LIVE, link, timeout=0.2 if how == "timeout" else None)
            await (scoring if how == "timeout" else asyncio.wait_for(scoring, 0.2))

    with pytest.raises(PerennialError if how == "timeout" else TimeoutError):
        asyncio.run(score())
    assert ("DELETE", "job1") in service.seen


def test_connect_async_names_what_is_missing(monkeypatch):
    for name in ("URL", "WORKSPACE", "TOKEN"):
        monkeypatch.delenv(f"PERENNIAL_{name}", raising=False)
    with pytest.raises(PerennialError, match="PERENNIAL_TOKEN"):
        perennial.connect_async(URL, "w")
    workspace = perennial.connect_async(URL, "w", SECRET)
    assert SECRET not in repr(workspace)
    assert repr(workspace).startswith("AsyncWorkspace(")
    asyncio.run(workspace.close())
