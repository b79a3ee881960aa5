"""Swaps models under load and measures what callers notice."""

import statistics
import threading
import time

import httpx

from bench.app import App, complete_rows
from bench.load import Load, Target, post
from bench.processes import stop, wait_for_answer
from bench.report import Line, figure_line, spread
from bench.starts import start_http
from perennial import BlobLink, Endpoint

SWAPS = 50
SECONDS = 50
REQUESTS, P99_MARK, OTHER_PROCESS_MARK = 100_000, 1.1, 1.0


def measure_swaps(app: App) -> list[Line]:
    """Return the lines on 50 swaps of an endpoint between two models under 16 connections."""
    rows = complete_rows(1)
    endpoint = app.workspace.add_endpoint(app.services["logistic"], "swapped")
    target = app.target(endpoint, rows)
    links = [app.endpoint(learner).resources[0].location for learner in ("boosted", "logistic")]
    process, port = start_http(app)
    try:
        second = f"http://127.0.0.1:{port}{target.path}"
        answers = []
        for link in links:
            app.workspace.update_endpoint(endpoint, {"": link})
            answers.append(
                wait_for_answer(app.processes.url + target.path, target.body, target.key, app.processes.http)
            )
        wait_for_answer(second, target.body, target.key, process)
        delays = [
            _until_seen(app, endpoint, link, answer, second, target) for link, answer in _turns(links, answers, 20)
        ]
    finally:
        stop(process)
    quiet: list[Load] = []
    loads: list[Load] = []
    stale, times = 0, []
    with httpx.Client(headers={"Authorization": f"Bearer {target.key}"}) as client:
        for _ in range(2):
            quiet.append(post(app.processes.port, [target], 16, SECONDS / 2, answers))
            load = threading.Thread(
                target=lambda: loads.append(post(app.processes.port, [target], 16, SECONDS / 2, answers))
            )
            load.start()
            started = time.perf_counter()
            for number, (link, answer) in enumerate(_turns(links, answers, SWAPS // 2)):
                time.sleep(max(0.0, started + number * SECONDS / SWAPS - time.perf_counter()))
                begun = time.perf_counter()
                app.workspace.update_endpoint(endpoint, {"": link})
                times.append(time.perf_counter() - begun)
                stale += client.post(app.processes.url + target.path, content=target.body).content != answer
            load.join()
    requests = sum(item.requests for item in loads)
    failed = sum(item.errors for item in loads)
    mixed = sum(item.foreign for item in loads)
    p99 = statistics.mean(item.p99 for item in loads) / statistics.mean(item.p99 for item in quiet)
    shown = f"{spread([item.p99 for item in quiet])} ms vs {spread([item.p99 for item in loads])} ms"
    return [
        figure_line(f"requests during {SWAPS} swaps", f"{requests:,}", requests, REQUESTS, at_most=False),
        figure_line("of which failed", str(failed), failed, 0),
        figure_line("of which matched neither model", str(mixed), mixed, 0),
        figure_line("p99 latency, without and with swaps", shown, p99, P99_MARK),
        figure_line("responses from the old model after PATCH returned, same process", str(stale), stale, 0),
        figure_line(
            "time until a second process uses the new model", f"{spread(delays)} s", max(delays), OTHER_PROCESS_MARK
        ),
        Line("duration of a swap (PATCH) under this load", f"{spread([item * 1000 for item in times], 0)} ms"),
    ]


def _turns(links: list[BlobLink], answers: list[bytes], count: int) -> list[tuple[BlobLink, bytes]]:
    """Return the two models in turn, with their responses."""
    return [(links[number % 2], answers[number % 2]) for number in range(count)]


def _until_seen(app: App, endpoint: Endpoint, link: BlobLink, answer: bytes, url: str, target: Target) -> float:
    """Swap, and return the seconds until another process responds with the new model."""
    app.workspace.update_endpoint(endpoint, {"": link})
    swapped = time.perf_counter()
    with httpx.Client(headers={"Authorization": f"Bearer {target.key}"}) as client:
        while client.post(url, content=target.body).content != answer:
            time.sleep(0.005)
    return time.perf_counter() - swapped
