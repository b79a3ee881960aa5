"""What the prediction log costs: an endpoint that keeps all rows compared with one that keeps none, in the same app.

Runs alternate. Processor time is that of the process that answers, its log's thread included: unlike requests per
second it hardly changes when something else uses the machine.
"""

import os
import statistics
from collections.abc import Callable
from pathlib import Path

from bench.app import App, complete_rows
from bench.load import Load, Target, post
from bench.report import Line, ratio_line

PAIRS = 5
# Longer than the log waits before it writes, so that each run pays for that.
SECONDS = 4
SHAPES = ((1, 1), (1, 16), (1000, 4))
RATE_MARK, P99_MARK, TIME_MARK = 0.95, 1.05, 1.05
LEARNER = "logistic"
TICKS = os.sysconf("SC_CLK_TCK")
# The load of a run, and the microseconds of processor time of a request.
Run = tuple[Load, float]


def measure_log(app: App) -> list[Line]:
    """Return three lines for each shape of load: requests per second, p99, and processor time of a request."""
    logged = app.workspace.add_endpoint(app.services[LEARNER], "logged")
    app.workspace.put_prediction_log(logged)
    rows = complete_rows(1000)
    lines = []
    for count, connections in SHAPES:
        without, with_log = (app.target(endpoint, rows[:count]) for endpoint in (app.endpoint(LEARNER), logged))
        lines += _lines(f"{count:,} x {connections}", _pairs(app, without, with_log, connections))
    return lines


def _pairs(app: App, without: Target, with_log: Target, connections: int) -> list[tuple[Run, Run]]:
    for target in (without, with_log):
        post(app.processes.port, [target], connections, 1)
    found = []
    for number in range(PAIRS):
        # What runs second would otherwise always follow the other one.
        first, second = (without, with_log) if number % 2 else (with_log, without)
        one, two = _run(app, first, connections), _run(app, second, connections)
        found.append((one, two) if number % 2 else (two, one))
    return found


def _run(app: App, target: Target, connections: int) -> Run:
    """Return the load of a run, and the microseconds of processor time of a request."""
    before = processor_seconds(app.processes.http.pid)
    load = post(app.processes.port, [target], connections, SECONDS)
    if load.errors:
        raise RuntimeError(f"{load.errors} requests failed.")
    return load, (processor_seconds(app.processes.http.pid) - before) / load.requests * 1e6


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _lines(shape: str, pairs: list[tuple[Run, Run]]) -> list[Line]:
    def line(what: str, value: Callable[[Run], float], digits: int, mark: float, *, at_most: bool = True) -> Line:
        without, with_log = ([value(run) for run in side] for side in zip(*pairs, strict=True))
        figure = f"{statistics.median(with_log):,.{digits}f} vs {statistics.median(without):,.{digits}f}"
        ratios = [mine / theirs for mine, theirs in zip(with_log, without, strict=True)]
        return ratio_line(f"{shape}: {what}", figure, ratios, mark, at_most=at_most)

    return [
        line("requests/s with all rows logged", lambda run: run[0].rate, 0, RATE_MARK, at_most=False),
        line("p99 in ms", lambda run: run[0].p99, 2, P99_MARK),
        line("processor time of a request in µs", lambda run: run[1], 0, TIME_MARK),
    ]
