"""What an endpoint costs that is watched: one that logs all rows, and one whose rows two models share, in the same app.

Each is compared with an endpoint that does neither. Runs alternate. Processor time is that of the process that answers,
its log's thread included: unlike requests per second it hardly changes when something else uses the machine.
"""

import os
import statistics
from collections.abc import Callable
from pathlib import Path

from bench.app import App, complete_rows
from bench.load import Load, Target, post
from bench.report import Line, ratio_line
from perennial import Endpoint

PAIRS = 5
# Longer than the log waits before it writes, so that each run pays for that.
SECONDS = 4
SHAPES = ((1, 1), (1, 16), (1000, 4))
P99_MARK, TIME_MARK = 1.05, 1.05
LOG_MARK, SHARE_MARK = 0.95, 0.97
LEARNER = "logistic"
TICKS = os.sysconf("SC_CLK_TCK")
# The load of a run, and the microseconds of processor time of a request.
Run = tuple[Load, float]


def measure_log(app: App) -> list[Line]:
    """Return the lines of an endpoint that logs all rows."""
    logged = app.workspace.add_endpoint(app.services[LEARNER], "logged")
    app.workspace.put_prediction_log(logged)
    return _compare(app, logged, "all rows logged", LOG_MARK)


def measure_shares(app: App) -> list[Line]:
    """Return the lines of an endpoint that has two models answer, by a row's own cells."""
    shared = app.workspace.add_endpoint(app.services[LEARNER], "shared")
    app.workspace.set_traffic(shared, {"current": 90, "candidate": 10}, {"candidate": {"": app.variant(LEARNER, 0)}})
    return _compare(app, shared, "rows shared 90:10", SHARE_MARK)


def _compare(app: App, endpoint: Endpoint, what: str, mark: float) -> list[Line]:
    """Return three lines for each shape of load: requests per second, p99, and processor time of a request."""
    rows = complete_rows(1000)
    lines = []
    for count, connections in SHAPES:
        plain, other = (app.target(item, rows[:count]) for item in (app.endpoint(LEARNER), endpoint))
        lines += _lines(f"{what}, {count:,} x {connections}", _pairs(app, plain, other, connections), mark)
    return lines


def _pairs(app: App, plain: Target, other: Target, connections: int) -> list[tuple[Run, Run]]:
    for target in (plain, other):
        post(app.processes.port, [target], connections, 1)
    found = []
    for number in range(PAIRS):
        # What runs second would otherwise always follow the other one.
        first, second = (plain, other) if number % 2 else (other, plain)
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


def _lines(shape: str, pairs: list[tuple[Run, Run]], rate_mark: float) -> list[Line]:
    def line(what: str, value: Callable[[Run], float], digits: int, mark: float, *, at_most: bool = True) -> Line:
        plain, other = ([value(run) for run in side] for side in zip(*pairs, strict=True))
        figure = f"{statistics.median(other):,.{digits}f} vs {statistics.median(plain):,.{digits}f}"
        ratios = [mine / theirs for mine, theirs in zip(other, plain, strict=True)]
        return ratio_line(f"{shape}: {what}", figure, ratios, mark, at_most=at_most)

    return [
        line("requests/s", lambda run: run[0].rate, 0, rate_mark, at_most=False),
        line("p99 in ms", lambda run: run[0].p99, 2, P99_MARK),
        line("processor time of a request in µs", lambda run: run[1], 0, TIME_MARK),
    ]
