"""What nine tenants notice of a hostile tenth: the latency of their requests and the time to a small job's result."""

import contextlib
import itertools
import json
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from perennial import Admin, BlobLink, PerennialError
from perennial.screen import show_table
from studio.storage.keys import admin_token
from tests.builders import people_experiment
from tests.e2e.steps import Published, publish_people, write_people
from tests.trials.stage import Caller, Stage, open_stage

TENANTS = 9
SECONDS = 20.0
PAUSE = 0.05
HOSTILE_THREADS = 8
QUEUED_JOBS = 40
# A job that takes longer counts as failed.
JOB_LIMIT_SECONDS = 60.0


@dataclass
class Noticed:
    """Latencies in milliseconds, times to a job's result in seconds, and what failed."""

    latencies: list[float] = field(default_factory=list)
    job_seconds: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def p50(self) -> float:
        """Median latency of a request, in ms."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """The latency that one request in a hundred exceeds, in ms."""
        return statistics.quantiles(self.latencies, n=100)[98]


class TimedCaller(Caller):
    """A caller that keeps how long each response took."""

    def __init__(self, published: Published) -> None:
        super().__init__(published.default, pause=PAUSE)
        self.latencies: list[float] = []

    def took(self, seconds: float) -> None:
        self.latencies.append(seconds * 1000)


def notice(tenants: list[Published], rows: list[BlobLink], seconds: float) -> Noticed:
    """Let every tenant score all the time, and one after another run a small job, for some seconds."""
    callers = [TimedCaller(tenant) for tenant in tenants]
    for caller in callers:
        caller.start()
    found, deadline = Noticed(), time.monotonic() + seconds
    turns = itertools.cycle(zip(tenants, rows, strict=True))
    while time.monotonic() < deadline:
        tenant, link = next(turns)
        started = time.monotonic()
        try:
            job = tenant.workspace.submit_job(tenant.default, {"input1": link})
            while not (status := job.status()).is_final and time.monotonic() - started < JOB_LIMIT_SECONDS:
                time.sleep(0.05)
        except PerennialError:
            found.failed += 1
            continue
        found.job_seconds.append(time.monotonic() - started)
        found.failed += status.state != "Finished"
    for caller in callers:
        caller.stop()
        found.latencies += caller.latencies
        found.failed += caller.failed
    return found


@contextmanager
def silent_host() -> Iterator[str]:
    """A host that accepts connections and never responds, as `127.0.0.1:port`."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


class Hostile:
    """A tenant that does everything at once which could hold up others; counts what was tried and what was refused."""

    def __init__(self, published: Published, folder: Path, silent: str) -> None:
        self._published, self._workspace = published, published.workspace
        self._silent = silent
        self._rows = self._workspace.upload(write_people(folder, "hostile.csv", 20))
        self._numbers = itertools.count()
        endpoint = {"mlEndpoint": f"{published.default.api_location}/jobs", "apiKey": published.default.primary_key}
        own = {"properties": {"type": "AzureML", "typeProperties": endpoint}}
        self._workspace.put_document("linkedservices", "Own", own)
        self._ended = threading.Event()
        self.tried: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.tricks: dict[str, Callable[[], Any]] = {
            "jobs on a host that never responds": self._silent_blob,
            f"{QUEUED_JOBS} jobs queued at once": self._queue_jobs,
            "a pattern that backtracks": self._pattern,
            "SQL that fills the memory": self._sql,
            "an expression that grows": self._expression,
            "a window for every minute since 1986": self._windows,
            "1,000 modules in reverse": self._modules,
            "a billion trees": self._trees,
            "bodies of 20 MB": self._large_body,
        }

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Try everything, again and again, on several threads, for the length of a `with` block."""
        threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(HOSTILE_THREADS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join(120)

    def _run(self, number: int) -> None:
        names = list(self.tricks)
        for name in itertools.islice(itertools.cycle(names), number, None):
            if self._ended.is_set():
                return
            self.tried[name] += 1
            try:
                self.tricks[name]()
            except (PerennialError, httpx.HTTPError):
                self.refused[name] += 1

    def _name(self, what: str) -> str:
        return f"{what}{next(self._numbers)}"

    def _run_experiment(self, name: str, document: dict[str, Any]) -> None:
        self._workspace.put_experiment(name, document)
        self._workspace.start_run(name)

    def _silent_blob(self) -> None:
        link = BlobLink(f"http://{self._silent}/", "c/rows.csv", "?sig=x")
        self._workspace.submit_job(self._published.default, {"input1": link})

    def _queue_jobs(self) -> None:
        for _ in range(QUEUED_JOBS):
            if not self._ended.is_set():
                self._workspace.submit_job(self._published.default, {"input1": self._rows})

    def _pattern(self) -> None:
        document = people_experiment()
        split = {"Splitting mode": "Regular Expression", "Regular expression": r'\"city" ^(\w+)+!$'}
        document["modules"]["Split"]["properties"] = split
        self._run_experiment(self._name("Pattern"), document)

    def _sql(self) -> None:
        document = people_experiment()
        query = "select *, hex(zeroblob(400000000)) as filled from t1"
        document["modules"]["Fill"] = {"module": "Apply SQL Transformation", "properties": {"SQL Query Script": query}}
        document["connections"][1]["to"] = ["Fill", "Table1"]
        document["connections"].append({"from": ["Fill", "Results dataset"], "to": ["Clean", "Dataset"]})
        self._run_experiment(self._name("SQL"), document)

    def _pipeline(self, name: str, parameter: str) -> None:
        activity = {
            "name": "Score",
            "type": "AzureMLBatchExecution",
            "linkedServiceName": {"referenceName": "Own", "type": "LinkedServiceReference"},
            "typeProperties": {"globalParameters": {"Grown": {"value": parameter, "type": "Expression"}}},
        }
        self._workspace.put_document("pipelines", name, {"properties": {"activities": [activity]}})

    def _expression(self) -> None:
        name = self._name("Grows")
        self._pipeline(name, "@string(length(mul('a', 300000000)))")
        self._workspace.run_pipeline(name)

    def _windows(self) -> None:
        name = self._name("Old")
        self._pipeline(name, "1")
        window = {"frequency": "Minute", "interval": 5, "startTime": "1986-01-01T00:00:00Z", "maxConcurrency": 50}
        pipeline = {"pipelineReference": {"referenceName": name, "type": "PipelineReference"}}
        trigger = {"properties": {"type": "TumblingWindowTrigger", "typeProperties": window, "pipeline": pipeline}}
        self._workspace.put_document("triggers", name, trigger)
        self._workspace.control_trigger(name, "start")

    def _modules(self) -> None:
        names = [f"M{number}" for number in range(1000)]
        data = {"module": "Import Data", "properties": {"Path to container, directory or blob": "people.csv"}}
        chain = [
            {"from": [one, "Results dataset"], "to": [other, "Dataset"]} for one, other in itertools.pairwise(names)
        ]
        modules = {name: {"module": "Remove Duplicate Rows"} for name in reversed(names[1:])} | {names[0]: data}
        self._workspace.put_experiment(self._name("Chain"), {"modules": modules, "connections": chain[::-1]})

    def _trees(self) -> None:
        document = people_experiment(**{"Total number of trees constructed": 1_000_000_000})
        self._run_experiment(self._name("Trees"), document)

    def _large_body(self) -> None:
        endpoint = self._published.default
        body = json.dumps({"Inputs": {"input1": [{"age": 1, "city": "x" * 1000}] * 20_000}})
        headers = {"Authorization": f"Bearer {endpoint.primary_key}"}
        url = f"{endpoint.api_location}/execute?api-version=2.0"
        if httpx.post(url, content=body, headers=headers, timeout=60).is_error:
            raise PerennialError(400, "", "refused")


def measure(stage: Stage, silent: str, seconds: float) -> tuple[Noticed, Noticed, Hostile]:
    """Return what nine tenants notice without the hostile tenant, with it, and what that one did."""
    secret = stage.settings["PERENNIAL_MASTER_SECRET"]
    with contextlib.ExitStack() as stack, Admin(stage.processes.url, admin_token(secret)) as admin:
        tenants = [
            publish_people(stack.enter_context(admin.create_workspace(f"Tenant {number}")), stage.folder)
            for number in range(TENANTS)
        ]
        rows = [tenant.workspace.upload(write_people(stage.folder, "small.csv", 10)) for tenant in tenants]
        notice(tenants, rows, 2)
        alone = notice(tenants, rows, seconds)
        hostile = Hostile(stage.published, stage.folder, silent)
        with hostile.at_work():
            beside = notice(tenants, rows, seconds)
    return alone, beside, hostile


def show_hostile_tenant(seconds: float = SECONDS) -> bool:
    """Measure and print both tables; returns whether every request and job of the nine succeeded."""
    with silent_host() as silent, open_stage(PERENNIAL_IMPORT_HOSTS=silent) as stage:
        alone, beside, hostile = measure(stage, silent, seconds)
    rows = [
        (
            name,
            len(found.latencies),
            f"{found.p50:.1f} ms",
            f"{found.p99:.1f} ms",
            len(found.job_seconds),
            f"{statistics.median(found.job_seconds):.1f} s" if found.job_seconds else "none ended",
            f"{max(found.job_seconds, default=0):.1f} s",
            found.failed,
        )
        for name, found in (("alone", alone), ("beside a hostile tenant", beside))
    ]
    header = ["nine tenants", "requests", "p50", "p99", "small jobs", "median", "longest", "failed"]
    show_table(f"What nine tenants notice, {seconds:.0f} s each", header, rows)
    tried = [(name, hostile.tried[name], hostile.refused[name]) for name in hostile.tricks]
    show_table("What the tenth tried meanwhile", ["what", "tried", "refused"], tried)
    return not (alone.failed or beside.failed)


if __name__ == "__main__":
    show_hostile_tenant()
