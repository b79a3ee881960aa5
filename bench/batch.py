"""Batch jobs compared with plain scripts: scoring from blob to blob, split over processes, and training."""

import hashlib
import json
import signal
import statistics
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.app import App
from bench.peers import FOLDER, PEERS, Peer
from bench.processes import HeldBack, PeakMemory
from bench.report import Line, figure_line, ratio_line, spread
from examples.census.data import write_census
from perennial import BlobLink, Endpoint, Job
from perennial.transport import download

MILLION = 1_000_000
ROUNDS = 3
RATE_MARK, MEMORY_MARK, GROWTH_MARK, SPLIT_MARK = 4.0, 450.0, 1.1, 1.7
HELD_SHARE = 0.2
TRAINING_SHARE, TRAINING_SECONDS = 1.1, 2.0


def measure_batch(app: App) -> list[Line]:
    """Return the lines on scoring one and four million rows, with one and with two background processes."""
    peer = next(item for item in PEERS if item.name == "fastapi")
    peer.prepare(app.training_data)
    files = {n: write_census(app.folder / f"rows{n}.csv", n * MILLION, seed=1, label=False) for n in (1, 4)}
    links = {n: app.workspace.upload(path) for n, path in files.items()}
    lines = []
    for learner in app.services:
        app.restart_background()
        _score(app, learner, app.workspace.upload(write_census(app.folder / "warm.csv", 1000, label=False)))
        pairs, peaks = [], []
        for _ in range(ROUNDS):
            seconds, _, peak = _score(app, learner, links[1])
            pairs.append((seconds, _naive(peer, learner, files[1], app.folder)["seconds"]))
            peaks.append(peak)
        large = [_score(app, learner, links[4]) for _ in range(ROUNDS)]
        largest = statistics.median(peak for _, _, peak in large)
        figure = f"{spread([a for a, _ in pairs])} s vs {spread([b for _, b in pairs])} s"
        script = "a script with read_csv, predict_proba, to_csv"
        what = f"{learner}: 1,000,000 rows blob to blob, rows/s relative to {script}"
        lines.append(ratio_line(what, figure, [theirs / mine for mine, theirs in pairs], RATE_MARK))
        memory = statistics.median(peaks)
        lines.append(figure_line(f"{learner}: peak memory at 1,000,000 rows", f"{memory:.0f} MiB", memory, MEMORY_MARK))
        what = f"{learner}: peak memory at 4,000,000 rows relative to 1,000,000"
        lines.append(figure_line(what, f"{largest:.0f} MiB", largest / memory, GROWTH_MARK))
        lines += _measure_split(app, learner, links[4], [seconds for seconds, _, _ in large], large[0][1])
    return lines


def _measure_split(app: App, learner: str, link: BlobLink, alone: list[float], digest: str) -> list[Line]:
    """Return the lines on a job shared by two processes; `alone` and `digest` are from one process."""
    first, digests = app.processes.background, {digest}
    with HeldBack([first.pid], HELD_SHARE):
        one, found, _ = _score(app, learner, link)
    digests.add(found)
    second = app.processes.add_background()
    time.sleep(2)
    with HeldBack([first.pid, second.pid], HELD_SHARE):
        two, found, _ = _score(app, learner, link)
    digests.add(found)
    ratios = []
    for seconds in alone:
        together, found, _ = _score(app, learner, link)
        ratios.append(seconds / together)
        digests.add(found)
    second.send_signal(signal.SIGTERM)
    second.wait()
    if len(digests) > 1:
        raise RuntimeError("Two processes wrote different bytes than one.")
    what = f"{learner}: 4,000,000 rows, two background processes relative to one, same bytes"
    held = f"{learner}: the same with spare CPU: each process runs {HELD_SHARE:.0%} of the time"
    return [
        ratio_line(what, f"{spread(alone, 1)} s with one", ratios, SPLIT_MARK),
        figure_line(held, f"{one:.1f} s vs {two:.1f} s", one / two, SPLIT_MARK, at_most=False),
    ]


def _score(app: App, learner: str, link: BlobLink) -> tuple[float, str, float]:
    """Score a file; returns the job's seconds, the digest of the output, and the peak memory in MiB."""
    endpoint = app.endpoint(learner)
    with PeakMemory(app.processes.background.pid) as memory:
        job = app.workspace.submit_job(endpoint, {"input1": link})
        results = job.wait().results
    output = hashlib.sha256(download(results["output1"])).hexdigest()
    return _seconds(endpoint, job), output, memory.peak


def _seconds(endpoint: Endpoint, job: Job) -> float:
    """Return the time from the job's start to its end, from its status."""
    headers = {"Authorization": f"Bearer {endpoint.primary_key}"}
    status = httpx.get(f"{endpoint.api_location}/jobs/{job.id}?api-version=2.0", headers=headers).json()
    begin, end = (datetime.fromisoformat(status[name]) for name in ("StartTime", "EndTime"))
    return (end - begin).total_seconds()


def _naive(peer: Peer, learner: str, source: Path, folder: Path) -> dict[str, Any]:
    arguments = [str(peer.model(learner)), str(source), str(folder / "naive.csv")]
    return _script(peer, "naive.py", *arguments)


def _script(peer: Peer, name: str, *arguments: str) -> dict[str, Any]:
    command = [str(peer.bin / "python"), str(FOLDER / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure_training(app: App) -> list[Line]:
    """Return the lines on training jobs, compared with a script that does the same fit and evaluation."""
    peer = next(item for item in PEERS if item.name == "fastapi")
    peer.prepare(app.training_data)
    link = app.workspace.upload(app.training_data)
    lines = []
    for learner, trainer in app.trainers.items():
        endpoint, ours, theirs = app.workspace.get_endpoint(trainer), [], []
        for _ in range(ROUNDS):
            job = app.workspace.submit_job(endpoint, {"input1": link})
            job.wait()
            ours.append(_seconds(endpoint, job))
            theirs.append(_script(peer, "train.py", str(app.training_data), learner)["seconds"])
        plain, beyond = statistics.median(theirs), statistics.median(ours) - statistics.median(theirs)
        allowed = (TRAINING_SHARE - 1) * plain + TRAINING_SECONDS
        what = f"{learner}: training job on 30,000 rows, seconds more than a plain script"
        lines.append(figure_line(what, f"{spread(ours)} s vs {spread(theirs)} s", beyond, round(allowed, 2)))
    return lines
