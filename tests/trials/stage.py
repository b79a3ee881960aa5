"""An app on storage of its own, with a service to call, and callers that count every answer."""

import contextlib
import itertools
import json
import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from devhost.azurite import Azurite, free_port, start_azurite
from devhost.supervisor import Processes, running_app
from perennial import Admin, BlobLink, Endpoint, Job, JobStatus, PerennialError, Workspace
from perennial.transport import download
from studio.serving.app import App, open_app
from studio.settings import read_settings
from studio.storage.keys import admin_token
from studio.storage.rows import find_row
from tests.account import new_settings
from tests.e2e.steps import RESOURCE, ROWS, Published, publish_people, write_people
from tests.trials.proxy import FaultProxy

EXECUTE = "execute?api-version=2.0"
BODY = {"Inputs": {"input1": ROWS}}
REQUEST = json.dumps(BODY)
JOB_SECONDS = 240


@dataclass
class Stage:
    """Storage behind a fault proxy, the app, a workspace, a service with two models to swap between."""

    folder: Path
    emulator: Azurite
    proxy: FaultProxy
    settings: dict[str, str]
    processes: Processes
    workspace: Workspace
    published: Published
    trainer: Endpoint
    scorer: Endpoint
    endpoint: Endpoint
    models: tuple[BlobLink, BlobLink]
    answers: tuple[bytes, bytes]
    training_data: BlobLink
    scoring_data: BlobLink
    expected: bytes

    def __post_init__(self) -> None:
        self._seeds = itertools.count(100)
        self._endpoints: dict[str, str] = {}

    def attempts(self, job: Job) -> int:
        """How often one of the stage's jobs was begun."""
        row = find_row(self.deployment.storage.table("jobs"), self._endpoints[job.id], job.id)
        return row["Attempt"] if row else 0

    @property
    def deployment(self) -> App:
        """The same storage, reached beside the proxy: what is really there."""
        return open_app(read_settings(self.settings | {"AzureWebJobsStorage": self.emulator.connection_string}))

    def train(self) -> Job:
        """Start a training job on data of its own: the same data again would be the same model."""
        seed = next(self._seeds)
        link = insist(lambda: self.workspace.upload(write_people(self.folder, f"people{seed}.csv", 600, seed=seed)))
        return self._submit(self.trainer, link)

    def score(self) -> Job:
        """Start a scoring job."""
        return self._submit(self.scorer, self.scoring_data)

    def _submit(self, endpoint: Endpoint, link: BlobLink) -> Job:
        job = insist(lambda: self.workspace.submit_job(endpoint, {"input1": link}))
        self._endpoints[job.id] = endpoint.id
        return job

    def is_ready(self) -> bool:
        """Whether `/ready` says so."""
        return httpx.get(f"{self.processes.url}/ready", timeout=30).status_code == 200

    def seconds_until(self, look: Callable[[], bool], within: float = 90) -> float:
        """Return after how many seconds something is so; infinity if it is not so in time."""
        started = time.monotonic()
        while time.monotonic() - started < within:
            if look():
                return time.monotonic() - started
            time.sleep(0.1)
        return float("inf")

    def ends(self, jobs: list[Job]) -> list[JobStatus]:
        """Return how jobs ended, or stand when it takes too long; dead processes are started again meanwhile."""
        deadline, found = time.monotonic() + JOB_SECONDS, {}
        while len(found) < len(jobs) and time.monotonic() < deadline:
            self.processes.restart_dead()
            for job in jobs:
                with contextlib.suppress(PerennialError):
                    if job.id not in found and (status := job.status()).is_final:
                        found[job.id] = status
            time.sleep(0.2)
        return [found.get(job.id) or job.status() for job in jobs]

    def check_jobs(self, training: list[Job], scoring: list[Job]) -> "Counts":
        """Wait for jobs and count what is lost or was done twice."""
        ended = self.ends(training), self.ends(scoring)
        lost = sum(status.state != "Finished" for statuses in ended for status in statuses)
        registered = Counter(version["JobId"] for version in self.workspace.list_models(RESOURCE))
        twice = sum(registered[job.id] > 1 for job in training)
        lost += sum(
            registered[job.id] == 0
            for job, status in zip(training, ended[0], strict=True)
            if status.state == "Finished"
        )
        wrong = sum(
            download(status.results["output1"]) != self.expected for status in ended[1] if status.state == "Finished"
        )
        return Counts(lost, twice, wrong)

    def check_endpoint(self) -> int:
        """Return 1 if the endpoint is half-updated: neither model, or not the one its history names last."""
        answer = ask(self.endpoint)
        history = self.workspace.list_history(self.endpoint)
        named = [resource["To"] for change in history for resource in change["Resources"]]
        model = self.workspace.get_endpoint(self.published.service, self.endpoint.name).resources[0].model
        whole = [change["Sequence"] for change in history] == list(range(1, len(history) + 1))
        return int(not (answer in self.answers and named[-1] == model and whole))

    def swap(self, number: int, endpoint: Endpoint | None = None) -> bool:
        """Swap an endpoint's model, the stage's own unless told; whether the app said that it did."""
        try:
            self.workspace.update_endpoint(endpoint or self.endpoint, {"": self.models[number % 2]})
        except PerennialError:
            return False
        return True


def insist[T](call: Callable[[], T]) -> T:
    """Do as a caller does: again, while the answer says that storage is away."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return call()
        except (PerennialError, httpx.TransportError) as error:
            if getattr(error, "status", 503) not in (0, 429, 500, 503) or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@dataclass(frozen=True)
class Counts:
    """Of jobs: how many did not finish, finished more than once, or wrote something wrong."""

    lost: int
    twice: int
    wrong: int


class Caller(threading.Thread):
    """Scores the same rows again and again until stopped, and counts the answers."""

    def __init__(
        self, endpoint: Endpoint, pause: float = 0.02, expected: tuple[bytes, ...] = (), key: str | None = None
    ) -> None:
        super().__init__(daemon=True)
        self._endpoint = endpoint
        self._pause, self._expected, self._key = pause, expected, key
        self._ended = threading.Event()
        self.statuses: Counter[Any] = Counter()
        self.foreign = 0

    def target(self) -> Endpoint:
        """Return the endpoint to call next."""
        return self._endpoint

    def took(self, seconds: float) -> None:
        """Take note of how long a response took."""

    def run(self) -> None:
        """Call until stopped."""
        connection: HTTPConnection | None = None
        while not self._ended.wait(self._pause):
            endpoint = self.target()
            address = urlsplit(f"{endpoint.api_location}/{EXECUTE}")
            connection = connection or HTTPConnection(address.netloc, timeout=30)
            headers = {"Authorization": f"Bearer {self._key or endpoint.primary_key}"}
            asked = time.monotonic()
            try:
                connection.request("POST", f"{address.path}?{address.query}", REQUEST, headers)
                answer = connection.getresponse()
                content = answer.read()
                self.took(time.monotonic() - asked)
            except (OSError, HTTPException) as error:
                self.statuses[type(error).__name__] += 1
                connection.close()
                continue
            self.statuses[answer.status] += 1
            if answer.status == 200 and self._expected:
                self.foreign += content not in self._expected
        if connection is not None:
            connection.close()

    def stop(self) -> None:
        """Stop after the call that is under way."""
        self._ended.set()
        self.join()

    @property
    def total(self) -> int:
        """How many calls there were."""
        return self.statuses.total()

    @property
    def failed(self) -> int:
        """How many were not answered 200, or by none of the expected answers."""
        return self.total - self.statuses[200] + self.foreign


@contextmanager
def calling(stage: Stage, callers: int = 2) -> Iterator[list[Caller]]:
    """Call the stage's endpoint for the length of a `with` block."""
    found = [Caller(stage.endpoint, expected=stage.answers) for _ in range(callers)]
    for caller in found:
        caller.start()
    try:
        yield found
    finally:
        for caller in found:
            caller.stop()


@contextmanager
def open_stage(**more: str) -> Iterator[Stage]:
    """Set the stage, and clear it away; `more` are further app settings."""
    logging.getLogger("azure").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="perennial-trial-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as last,
    ):
        folder = Path(name)
        emulator = start_azurite(folder / "azurite")
        last.callback(emulator.stop)
        proxy = FaultProxy(emulator)
        last.callback(proxy.stop)
        settings = new_settings(proxy.azurite, folder / "models") | {"PERENNIAL_PARTITION_MB": "16"} | more
        with (
            running_app(settings, free_port(), folder / "app.log") as processes,
            Admin(processes.url, admin_token(settings["PERENNIAL_MASTER_SECRET"])) as admin,
            admin.create_workspace("Trial") as workspace,
        ):
            stage = _publish(folder, emulator, proxy, settings, processes, workspace)
            # A fault may have started the emulator anew.
            last.callback(lambda: stage.emulator.stop())
            yield stage


def _publish(
    folder: Path,
    emulator: Azurite,
    proxy: FaultProxy,
    settings: dict[str, str],
    processes: Processes,
    workspace: Workspace,
) -> Stage:
    published = publish_people(workspace, folder)
    trainer, scorer = published.training_endpoint, published.default
    endpoint = workspace.add_endpoint(published.service, "trial")
    training_data = workspace.upload(write_people(folder, "later.csv", 900, seed=7))
    scoring_data = workspace.upload(write_people(folder, "rows.csv", 3000, seed=5))
    other = workspace.submit_job(trainer, {"input1": training_data}).wait().results["output1"]
    models = (endpoint.resources[0].location, other)
    expected = workspace.submit_job(scorer, {"input1": scoring_data}).wait().results["output1"]
    answers = []
    for model in reversed(models):
        workspace.update_endpoint(endpoint, {"": model})
        answers.append(ask(endpoint))
    return Stage(
        folder,
        emulator,
        proxy,
        settings,
        processes,
        workspace,
        published,
        trainer,
        scorer,
        endpoint,
        models,
        (answers[1], answers[0]),
        training_data,
        scoring_data,
        download(expected),
    )


def ask(endpoint: Endpoint) -> bytes:
    """Return the answer to the request that all callers send; fails if it is an error."""
    headers = {"Authorization": f"Bearer {endpoint.primary_key}"}
    answer = httpx.post(f"{endpoint.api_location}/{EXECUTE}", json=BODY, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content
