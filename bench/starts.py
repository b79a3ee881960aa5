"""The time from the start of a process to its first response, and its memory then."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.app import App, complete_rows
from bench.peers import PEERS, encode
from bench.processes import pss, stop, wait_for_answer
from bench.report import Line, figure_line, ratio_line, spread
from devhost.azurite import ROOT, free_port
from perennial import Endpoint

ROUNDS = 5
START_MARK, MEMORY_MARK, MODEL_MARK = 0.5, 0.65, 1.0
MORE_MODELS = 50


def measure_starts(app: App) -> list[Line]:
    """Return the lines on cold starts and memory, compared with FastAPI and scikit-learn."""
    peer = next(item for item in PEERS if item.name == "fastapi")
    peer.prepare(app.training_data)
    rows = complete_rows(1)
    target = app.target(app.endpoint("boosted"), rows)
    cache = Path(app.settings["PERENNIAL_CACHE_DIR"])
    disk: list[float] = []
    storage: list[float] = []
    theirs, memory, their_memory = [], [], []
    for _ in range(1 + ROUNDS):
        shutil.rmtree(cache, ignore_errors=True)
        for times in (storage, disk):
            started = time.perf_counter()
            process, port = start_http(app)
            wait_for_answer(f"http://127.0.0.1:{port}{target.path}", target.body, target.key, process)
            times.append(time.perf_counter() - started)
            if times is disk:
                memory.append(pss(process.pid))
            stop(process)
        port = free_port()
        started = time.perf_counter()
        process = peer.start("boosted", port, app.folder / "start.log")
        body = encode(peer.body(rows))
        wait_for_answer(f"http://127.0.0.1:{port}{peer.path}", body, "", process)
        theirs.append(time.perf_counter() - started)
        their_memory.append(pss(process.pid))
        stop(process)
    # The very first starts compile bytecode.
    for figures in (disk, storage, theirs, memory, their_memory):
        del figures[0]
    first = "process start to first scored row, model on local disk, relative to FastAPI + scikit-learn"
    return [
        _beside(first, disk, theirs, "s", START_MARK),
        _beside("the same, with the model in storage", storage, theirs, "s", START_MARK),
        _beside("memory of the scoring process (PSS)", memory, their_memory, "MiB", MEMORY_MARK),
        _further_models(app),
    ]


def start_http(app: App) -> tuple[subprocess.Popen[bytes], int]:
    """Start a separate HTTP process."""
    port = free_port()
    with (app.folder / "starts.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "devhost.worker", "http", str(port)],
            cwd=ROOT,
            env=app.processes.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return process, port


def _beside(what: str, mine: list[float], theirs: list[float], unit: str, mark: float) -> Line:
    """Return the line of paired figures for which lower is better."""
    digits = 0 if unit == "MiB" else 2
    figure = f"{spread(mine, digits)} {unit} vs {spread(theirs, digits)} {unit}"
    return ratio_line(what, figure, [a / b for a, b in zip(mine, theirs, strict=True)], mark, at_most=True)


def _further_models(app: App) -> Line:
    """Return the line on the memory of one more small model."""
    endpoints = [_endpoint_of_its_own(app, number) for number in range(MORE_MODELS)]
    rows = complete_rows(1)
    process, port = start_http(app)
    try:
        first = app.target(app.endpoint("logistic"), rows)
        wait_for_answer(f"http://127.0.0.1:{port}{first.path}", first.body, first.key, process)
        before = pss(process.pid)
        for endpoint in endpoints:
            target = app.target(endpoint, rows)
            wait_for_answer(f"http://127.0.0.1:{port}{target.path}", target.body, target.key, process)
        each = (pss(process.pid) - before) / MORE_MODELS
    finally:
        stop(process)
    return figure_line(
        "memory of each additional small model", f"{each:.2f} MiB, mean of {MORE_MODELS}", each, MODEL_MARK
    )


def _endpoint_of_its_own(app: App, number: int) -> Endpoint:
    """Add an endpoint with a model of its own."""
    endpoint = app.workspace.add_endpoint(app.services["logistic"], f"model{number}")
    return app.workspace.update_endpoint(endpoint, {"": app.variant("logistic", number)})
