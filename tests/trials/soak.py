"""`make soak`: requests on 50 endpoints, jobs and swaps at once, for minutes; errors are counted, memory is watched."""

import argparse
import itertools
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from perennial import Endpoint
from perennial.screen import console, show_table
from tests.trials.stage import Caller, Counts, Stage, open_stage

ENDPOINTS = 50
CALLERS = 4
SAMPLE_SECONDS = 2.0
# The first part of a run warms caches, pools and the allocator.
WARM_UP = 1 / 4
# Of memory, a minute, once warm; less is what measuring moves by.
FLAT_MIB = 1.0


@dataclass
class Memory:
    """Resident memory of the processes, sampled: minutes and MiB."""

    pids: dict[str, int]
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def sample(self, minutes: float) -> None:
        """Look at every process."""
        for name, pid in self.pids.items():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    self.samples.setdefault(name, []).append((minutes, int(line.split()[1]) / 1024))

    def slope(self, name: str) -> float:
        """Return by how many MiB a minute a process grows once it is warm."""
        times, sizes = np.array(self.samples[name]).T
        warm = times >= times[-1] * WARM_UP
        return float(np.polyfit(times[warm], sizes[warm], 1)[0])


@dataclass(frozen=True)
class Soaked:
    """What a soak came to; `statuses` are the answers to requests, `refused` swaps that were answered an error."""

    requests: int
    statuses: dict[object, int]
    swaps: int
    refused: int
    jobs: int
    counts: Counts
    half_updated: int
    memory: Memory

    @property
    def failed(self) -> int:
        """Requests that were answered neither 200 nor the 503 of a full endpoint."""
        return sum(count for status, count in self.statuses.items() if status not in (200, 503))

    @property
    def holds(self) -> bool:
        """Whether nothing failed, was lost or done twice."""
        return not (
            self.failed
            or self.refused
            or self.counts.lost
            or self.counts.twice
            or self.counts.wrong
            or self.half_updated
        )


def soak(stage: Stage, minutes: float, endpoints: int) -> Soaked:
    """Load the stage's app for some minutes and return what came of it."""
    called = [stage.workspace.add_endpoint(stage.published.service, f"soak{number}") for number in range(endpoints)]
    memory = Memory({"http": stage.processes.http.pid, "background": stage.processes.background.pid})
    started, deadline = time.monotonic(), time.monotonic() + minutes * 60
    callers = [_RoundRobin(called, offset, stage.answers) for offset in range(CALLERS)]
    swapper = _Swapper(stage, called)
    training, scoring = [], []
    for thread in (*callers, swapper):
        thread.start()
    jobs = itertools.cycle((stage.score, stage.score, stage.score, stage.train))
    due = started
    while time.monotonic() < deadline:
        memory.sample((time.monotonic() - started) / 60)
        if time.monotonic() >= due:
            submit = next(jobs)
            (training if submit == stage.train else scoring).append(submit())
            due = time.monotonic() + 5
        time.sleep(SAMPLE_SECONDS)
    for thread in (*callers, swapper):
        thread.stop()
    statuses = sum((caller.statuses for caller in callers[1:]), callers[0].statuses)
    foreign = sum(caller.foreign for caller in callers)
    half = foreign + stage.check_endpoint()
    counts = stage.check_jobs(training, scoring)
    n_jobs = len(training) + len(scoring)
    return Soaked(statuses.total(), dict(statuses), swapper.done, swapper.refused, n_jobs, counts, half, memory)


class _RoundRobin(Caller):
    """A caller that goes from endpoint to endpoint."""

    def __init__(self, endpoints: list[Endpoint], offset: int, answers: tuple[bytes, ...]) -> None:
        super().__init__(endpoints[0], pause=0, expected=answers)
        self._turns = itertools.cycle([*endpoints[offset:], *endpoints[:offset]])

    def target(self) -> Endpoint:
        return next(self._turns)


class _Swapper(threading.Thread):
    """Swaps the model of one endpoint after another, one a second."""

    def __init__(self, stage: Stage, endpoints: list[Endpoint]) -> None:
        super().__init__(daemon=True)
        self._stage, self._endpoints = stage, endpoints
        self._ended = threading.Event()
        self.done = self.refused = 0

    def run(self) -> None:
        """Swap until stopped."""
        for number in itertools.count():
            if self._ended.wait(1):
                return
            endpoint = self._endpoints[number % len(self._endpoints)]
            # They all begin with the first model.
            if self._stage.swap(number // len(self._endpoints) + 1, endpoint):
                self.done += 1
            else:
                self.refused += 1

    def stop(self) -> None:
        """Stop after the swap that is under way."""
        self._ended.set()
        self.join()


def main() -> None:
    """Soak for as many minutes as the argument says, and end with 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    minutes = parser.parse_args().minutes
    with open_stage(PERENNIAL_MODEL_CACHE_MB="64") as stage:
        console.print(f"Soaking for {minutes:g} minutes: {ENDPOINTS} endpoints, {CALLERS} callers, a swap a second.")
        found = soak(stage, minutes, ENDPOINTS)
        flat = all(found.memory.slope(name) <= FLAT_MIB for name in found.memory.pids)
        rows = [
            ["requests", f"{found.requests:,} ({found.requests / minutes / 60:.0f} a second)"],
            [
                "answered",
                ", ".join(f"{status}: {count:,}" for status, count in sorted(found.statuses.items(), key=str)),
            ],
            ["answered by neither model, or half-updated", found.half_updated],
            ["swaps", f"{found.swaps}, refused {found.refused}"],
            ["jobs", f"{found.jobs}, lost {found.counts.lost}, twice {found.counts.twice}, wrong {found.counts.wrong}"],
        ]
        for name, samples in found.memory.samples.items():
            last = samples[-1][1]
            rows.append([f"memory, {name}", f"{last:.0f} MiB, {found.memory.slope(name):+.2f} MiB a minute once warm"])
        show_table("Soak", ["what", "measured"], rows)
    sys.exit(0 if found.holds and flat else 1)


if __name__ == "__main__":
    main()
