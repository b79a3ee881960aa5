"""Benchmarks with ten thousand endpoints and two hundred models in use."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx

from bench.app import App, complete_rows
from bench.load import post
from bench.processes import pss
from bench.report import Line, ratio_line, spread
from studio.registry.web_services import get_web_service
from studio.rollout.endpoints import add_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings

ENDPOINTS, MODELS = 10_000, 200
SAMPLE = 50
ROUNDS, SECONDS = 3, 3
LATENCY_MARK, ADDING_MARK = 1.1, 1.1
PAGE = 100


def measure_registry(app: App) -> list[Line]:
    """Return the lines on scoring, memory, listing and adding endpoints, with ten thousand endpoints."""
    rows = complete_rows(1)
    single = app.target(app.endpoint("logistic"), rows)
    first = _add_some(app, "first")
    fill_with_endpoints(app)
    last = _add_some(app, "last")
    targets = []
    for number in range(MODELS):
        endpoint = app.workspace.get_endpoint(app.services["logistic"], f"e{number}")
        targets.append(app.target(app.workspace.update_endpoint(endpoint, {"": app.variant("logistic", number)}), rows))
    post(app.processes.port, targets, 4, SECONDS)
    pairs = [
        (post(app.processes.port, targets, 1, SECONDS), post(app.processes.port, [single], 1, SECONDS))
        for _ in range(ROUNDS)
    ]
    memory = pss(app.processes.http.pid)
    pages, seconds = _list(app)
    shown = f"{spread([a.p50 for a, _ in pairs])} ms vs {spread([b.p50 for _, b in pairs])} ms"
    what = f"{ENDPOINTS:,} endpoints, {MODELS} models in use: p50 of one row relative to a single endpoint"
    limit = app.settings["PERENNIAL_MODEL_CACHE_MB"]
    return [
        ratio_line(what, shown, [many.p50 / one.p50 for many, one in pairs], LATENCY_MARK, at_most=True),
        Line(f"memory of the scoring process (PSS), PERENNIAL_MODEL_CACHE_MB={limit}", f"{memory:.0f} MiB"),
        Line(f"listing all, in {len(pages)} pages of {PAGE}", f"{seconds:.1f} s, {spread(pages, 3)} s per page"),
        ratio_line(
            "adding an endpoint over HTTP, after 10,000 endpoints relative to an empty service",
            f"{spread([item * 1000 for item in last], 0)} ms vs {spread([item * 1000 for item in first], 0)} ms",
            [statistics.median(last) / statistics.median(first)],
            ADDING_MARK,
            at_most=True,
        ),
    ]


def _add_some(app: App, name: str) -> list[float]:
    times = []
    for number in range(SAMPLE):
        started = time.perf_counter()
        app.workspace.add_endpoint(app.services["logistic"], f"{name}{number}")
        times.append(time.perf_counter() - started)
    return times


def fill_with_endpoints(app: App) -> None:
    """Add endpoints until there are ten thousand, without going through the app."""
    deployment = open_app(read_settings(app.settings))
    service = get_web_service(deployment.storage, app.workspace.id, app.services["logistic"].id)
    with ThreadPoolExecutor(8) as pool:
        adding = [
            pool.submit(add_endpoint, deployment.storage, service, f"e{number}", {}, by="bench", now=datetime.now(UTC))
            for number in range(ENDPOINTS - SAMPLE)
        ]
        for item in adding:
            item.result()


def _list(app: App) -> tuple[list[float], float]:
    """List all endpoints of the service page by page; return the seconds per page and in total."""
    root = f"{app.processes.url}/workspaces/{app.workspace.id}/webservices/{app.services['logistic'].id}/endpoints"
    url: str | None = f"{root}?limit={PAGE}"
    times, found = [], 0
    with httpx.Client(headers={"Authorization": f"Bearer {app.workspace.token}"}, timeout=60) as client:
        while url:
            started = time.perf_counter()
            answer = client.get(url)
            times.append(time.perf_counter() - started)
            found += len(answer.raise_for_status().json())
            url = answer.links.get("next", {}).get("url")
    if found < ENDPOINTS:
        raise RuntimeError(f"The listing has {found} endpoints.")
    return times, sum(times)
