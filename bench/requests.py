"""Request-response scoring compared with the peers, and with an app that returns a constant."""

import cProfile
import logging
import pstats
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.app import App, complete_rows, request_body
from bench.load import Load, Target, post
from bench.peers import PEERS, NotAvailable, Peer, Rows, encode
from bench.processes import pss, stop, wait_for_answer
from bench.report import Line, figure_line, ratio_line, spread
from devhost.azurite import free_port
from devhost.supervisor import running_app
from studio.serving.app import open_app
from studio.serving.scoring import score_request
from studio.settings import read_settings

ROUNDS = 3
SECONDS = 3
# Rows per request, connections, and the target for rows per second as a multiple of the best peer's.
SHAPES = {(1, 1): None, (1, 16): 20.0, (100, 4): 5.0, (1000, 4): 3.0}
LATENCY_MARK = 1 / 12
CONSTANT_MARK = 0.5
CONSTANT_APP = Path(__file__).with_name("constant_app")
Shape = tuple[int, int]


@dataclass
class Comparison:
    """Paired runs of the product and a peer."""

    peer: Peer
    memory: float
    pairs: dict[Shape, list[tuple[Load, Load]]] = field(default_factory=lambda: defaultdict(list))

    def rate(self, shape: Shape) -> float:
        """Return the peer's median rows per second."""
        return statistics.median(theirs.rate for _, theirs in self.pairs[shape]) * shape[0]

    def latency(self) -> float:
        """Return the peer's median latency of one row, in milliseconds."""
        return statistics.median(theirs.p50 for _, theirs in self.pairs[1, 1])

    def rates(self, shape: Shape) -> str:
        """Return both medians as text."""
        mine = statistics.median(load.rate for load, _ in self.pairs[shape]) * shape[0]
        return f"{mine:,.0f} vs {self.rate(shape):,.0f} rows/s"

    def latencies(self) -> str:
        """Return both medians as text."""
        mine = statistics.median(load.p50 for load, _ in self.pairs[1, 1])
        return f"{mine:.2f} ms vs {self.latency():.2f} ms"


def measure_peers(app: App, learner: str) -> list[Line]:
    """Return the lines of one learner: each peer, and the product compared with the best peer."""
    rows = complete_rows(1000)
    ours = {n: app.target(app.endpoint(learner), rows[:n]) for n, _ in SHAPES}
    found, lines = [], []
    for peer in PEERS:
        try:
            compared = _compare(app, ours, peer, learner, rows)
        except (NotAvailable, RuntimeError) as error:
            lines.append(Line(f"{learner}: {peer.title}", f"not run: {error}"))
            continue
        found.append(compared)
        shown = "; ".join(f"{n:,} x {c}: {compared.rates((n, c))}" for n, c in SHAPES if (n, c) != (1, 1))
        lines.append(
            Line(f"{learner}: {peer.title}", f"p50 {compared.latencies()}; {shown}; {compared.memory:.0f} MiB")
        )
    for shape, mark in SHAPES.items():
        if mark is not None:
            best = max(found, key=lambda item: item.rate(shape))
            ratios = [mine.rate / theirs.rate for mine, theirs in best.pairs[shape]]
            requests = f"requests of {shape[0]:,} {'row' if shape[0] == 1 else 'rows'}, {shape[1]} connections"
            what = f"{learner}, {requests}: rows/s relative to {best.peer.title}"
            lines.append(ratio_line(what, best.rates(shape), ratios, mark))
    best = min(found, key=Comparison.latency)
    ratios = [mine.p50 / theirs.p50 for mine, theirs in best.pairs[1, 1]]
    what = f"{learner}, one row, one connection: p50 relative to {best.peer.title}"
    lines.append(ratio_line(what, best.latencies(), ratios, LATENCY_MARK, at_most=True))
    return lines


def _compare(app: App, ours: dict[int, Target], peer: Peer, learner: str, rows: Rows) -> Comparison:
    with running_peer(peer, learner, app, rows) as (port, process_memory):
        compared = Comparison(peer, process_memory)
        for _ in range(ROUNDS):
            for n, connections in SHAPES:
                mine = post(app.processes.port, [ours[n]], connections, SECONDS)
                theirs = post(port, [Target(peer.path, "", encode(peer.body(rows[:n])))], connections, SECONDS)
                if mine.errors or theirs.errors:
                    raise RuntimeError(f"{mine.errors} errors of the product, {theirs.errors} of {peer.title}")
                compared.pairs[n, connections].append((mine, theirs))
    return compared


@contextmanager
def running_peer(peer: Peer, learner: str, app: App, rows: Rows) -> Iterator[tuple[int, float]]:
    """Run a peer's server during a `with` block; yields its port, and its memory once it has responded."""
    peer.prepare(app.training_data)
    port = free_port()
    process = peer.start(learner, port, app.folder / f"{peer.name}.log")
    try:
        wait_for_answer(f"http://127.0.0.1:{port}{peer.path}", encode(peer.body(rows[:1])), "", process)
        yield port, pss(process.pid)
    finally:
        stop(process)


def measure_constant(app: App) -> list[Line]:
    """Return the line that compares scoring with a handler that returns a constant, on the same host."""
    target = app.target(app.endpoint("logistic"), complete_rows(1))
    with running_app(app.settings, free_port(), app.folder / "constant.log", CONSTANT_APP) as constant:
        same = Target("/constant", target.key, target.body)
        pairs = [
            (post(app.processes.port, [target], 16, SECONDS), post(constant.port, [same], 16, SECONDS))
            for _ in range(ROUNDS)
        ]
    figure = f"{spread([m.rate for m, _ in pairs], 0)} vs {spread([o.rate for _, o in pairs], 0)} requests/s"
    ratios = [mine.rate / theirs.rate for mine, theirs in pairs]
    what = "one row, 16 connections: requests/s relative to a handler that returns a constant"
    return [ratio_line(what, figure, ratios, CONSTANT_MARK)]


class StorageCalls(logging.Handler):
    """Counts the requests this thread sends to storage, by the SDK's log line for each."""

    LOGGER = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")

    def __init__(self) -> None:
        super().__init__()
        self.count, self._thread = 0, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a request of this thread."""
        if record.thread == self._thread and str(record.msg).startswith("Request URL"):
            self.count += 1

    def __enter__(self) -> "StorageCalls":
        self.LOGGER.addHandler(self)
        self.LOGGER.setLevel(logging.INFO)
        return self

    def __exit__(self, *_: object) -> None:
        self.LOGGER.removeHandler(self)
        self.LOGGER.setLevel(logging.NOTSET)


def measure_in_process(app: App) -> list[Line]:
    """Return the lines on a request inside the process: storage calls, microseconds, parsing."""
    deployment, endpoint = open_app(read_settings(app.settings)), app.endpoint("logistic")
    body = request_body(complete_rows(1))
    lines = []
    with StorageCalls() as calls:
        snapshot = deployment.snapshots.load(app.workspace.id, endpoint.id)
        cold = calls.count
        started = time.perf_counter()
        for _ in range(10_000):
            snapshot = deployment.snapshots.find(app.workspace.id, endpoint.id) or snapshot
            score_request(snapshot, deployment.models, body, swagger=False)
        each = (time.perf_counter() - started) / 10_000 * 1e6
        warm = calls.count - cold
    calls_made = f"{warm}; {cold} by the first request"
    lines.append(figure_line("storage calls made by 10,000 warm requests", calls_made, warm, 0))
    lines.append(Line("one row in process, from request body to response body", f"{each:.0f} µs"))
    rows = complete_rows(1000)
    large = request_body(rows * 75)
    profile = cProfile.Profile()
    profile.runcall(score_request, snapshot, deployment.models, large, swagger=False)
    started = time.perf_counter()
    score_request(snapshot, deployment.models, large, swagger=False)
    took = time.perf_counter() - started
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    parsed = sum(item[0] for (_, _, name), item in stats.items() if "loads" in name)
    started = time.perf_counter()
    orjson.loads(large)
    parsing = time.perf_counter() - started
    times = "once" if parsed == 1 else f"{parsed} times"
    figure = f"parsed {times}; {parsing * 1000:.0f} ms of {took * 1000:.0f} ms, for {len(rows) * 75:,} rows"
    return [*lines, figure_line(f"a request of {len(large) / 1e6:.1f} MB", figure, parsed, 1)]
