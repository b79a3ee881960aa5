"""`make faults`: storage, processes, messages, clocks and disks fail for real, and what was lost is counted."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhost.azurite import ROOT, start_azurite
from perennial import BlobLink, Job, PerennialError
from perennial.screen import console, show_table
from studio.storage.blobs import own_blob
from tests.e2e.steps import large_people
from tests.trials.proxy import HANG, Fault
from tests.trials.stage import Caller, Counts, Stage, calling, open_stage

NEVER = float("inf")


@dataclass(frozen=True)
class Outcome:
    """What a fault did: to jobs, to the endpoint, to callers; `recovered` is in seconds."""

    fault: str
    tried: str
    jobs: Counts
    half_updated: int = 0
    requests: int = 0
    failed: int = 0
    recovered: float = 0.0
    told: bool = True

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled, half done or failed, and everything came back."""
        return not (self.jobs.lost or self.jobs.twice or self.jobs.wrong or self.half_updated or self.failed) and (
            self.told and self.recovered != NEVER
        )


NO_JOBS = Counts(0, 0, 0)


def processes_killed(stage: Stage, size: int) -> Outcome:
    """Kill the background process `size` times, at random moments, while twice as many jobs run."""
    chance = random.Random(size)
    training = [stage.train() for _ in range(size)]
    scoring = [stage.score() for _ in range(size)]
    for _ in range(size):
        stage.processes.restart_dead()
        time.sleep(chance.uniform(1, 6))
        os.kill(stage.processes.background.pid, signal.SIGKILL)
        stage.processes.background.wait()
    jobs = stage.check_jobs(training, scoring)
    return Outcome("background process killed", f"{size} kills, {2 * size} jobs", jobs)


def emulator_restarted(stage: Stage, size: int) -> Outcome:
    """Stop the emulator for some seconds and start it again, `size` times, under load, with jobs under way.

    It is asked to end, not killed: it writes to disk what it had promised only when it ends.
    """
    training, scoring, told, recovered = [], [], True, 0.0
    with calling(stage) as callers:
        for number in range(size):
            training.append(stage.train())
            scoring.append(stage.score())
            stage.emulator.stop()
            stage.swap(number)
            told &= not stage.is_ready()
            stage.emulator = start_azurite(stage.folder / "azurite", stage.emulator.ports)
            recovered = max(recovered, stage.seconds_until(stage.is_ready))
        jobs = stage.check_jobs(training, scoring)
    return _with_callers(
        Outcome("storage restarted", f"{size} times, {2 * size} jobs", jobs, told=told, recovered=recovered),
        stage,
        callers,
    )


def storage_failing(stage: Stage, seconds: int, fault: Fault, name: str) -> Outcome:
    """Fail every call of storage for some seconds, with jobs and swaps under way."""
    with calling(stage) as callers:
        training, scoring = [stage.train()], [stage.score()]
        with stage.proxy.failing(fault):
            started, number = time.monotonic(), 0
            told = not stage.is_ready()
            while time.monotonic() - started < seconds:
                stage.swap(number)
                number += 1
        recovered = stage.seconds_until(stage.is_ready)
        jobs = stage.check_jobs(training, scoring)
    tried = f"{seconds} s, {number} swaps, 2 jobs"
    return _with_callers(Outcome(name, tried, jobs, told=told, recovered=recovered), stage, callers)


def storage_stormy(stage: Stage, size: int) -> Outcome:
    """Fail a part of all calls, in turn with 429, 503 and 500, while jobs are submitted and models swapped."""
    training: list[Job] = []
    scoring: list[Job] = []
    with calling(stage) as callers:
        for number in range(size):
            with stage.proxy.failing(Fault((429, 503, 500)[number % 3], share=0.2)):
                training.append(stage.train())
                scoring.append(stage.score())
                stage.swap(number)
                time.sleep(2)
        jobs = stage.check_jobs(training, scoring)
        recovered = stage.seconds_until(stage.is_ready)
    tried = f"{stage.proxy.faults} faults, {2 * size} jobs"
    return _with_callers(Outcome("429, 503, 500 at random", tried, jobs, recovered=recovered), stage, callers)


def messages_repeated(stage: Stage, size: int) -> Outcome:
    """Send the message of every job twice more, at once and in the middle."""
    storage = stage.deployment.storage
    training, scoring = [stage.train() for _ in range(size)], [stage.score() for _ in range(size)]
    for pause in (0, 1):
        time.sleep(pause)
        for row in storage.table("jobs").query_entities("PartitionKey eq 'active'"):
            storage.job_queue().send_message(row["Key"])
    jobs = stage.check_jobs(training, scoring)
    again = sum(stage.attempts(job) > 1 for job in training + scoring)
    return Outcome("message delivered three times", f"{2 * size} jobs", replace(jobs, twice=jobs.twice + again))


def changes_at_once(stage: Stage, size: int) -> Outcome:
    """Let two PATCHes meet, and a PATCH and a refresh, again and again."""
    half = 0

    def refresh(number: int) -> bool:
        try:
            stage.workspace.refresh_endpoint(stage.endpoint)
        except PerennialError:
            return False
        return True

    with calling(stage) as callers, ThreadPoolExecutor(2) as pool:
        for number in range(size):
            other: Callable[[int], bool] = stage.swap if number % 2 else refresh
            for done in (pool.submit(stage.swap, number), pool.submit(other, number + 1)):
                done.result()
            half += stage.check_endpoint()
    outcome = Outcome("PATCH against PATCH and refresh", f"{size} pairs", NO_JOBS, half_updated=half)
    return _with_callers(outcome, stage, callers)


def clocks_stepped(stage: Stage, size: int) -> Outcome:
    """Let two more background processes run ten minutes ahead and behind, and step while they work."""
    step = timedelta(minutes=10).total_seconds()
    files = [stage.folder / f"clock{number}" for number in range(2)]
    for file, seconds in zip(files, (step, -step), strict=True):
        file.write_text(str(seconds))
    with (stage.folder / "clocks.log").open("ab") as log:
        others = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.trials.clock", str(file), "background"],
                cwd=ROOT,
                env=stage.processes.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for file in files
        ]
    training, scoring = [], []
    try:
        for number in range(size):
            training.append(stage.train())
            scoring.append(stage.score())
            time.sleep(1)
            for file in files:
                file.write_text(str(step if number % 2 else -step))
        jobs = stage.check_jobs(training, scoring)
    finally:
        for other in others:
            other.terminate()
            other.wait(30)
    return Outcome("clocks 10 minutes off, stepping", f"{size} steps, {2 * size} jobs", jobs)


def disk_full(stage: Stage, size: int) -> Outcome:
    """Leave no place for the model cache: its folder becomes a file."""
    cache = Path(stage.settings["PERENNIAL_CACHE_DIR"])
    shutil.rmtree(cache)
    cache.write_text("no place here")
    try:
        half, failed = 0, 0
        for number in range(size):
            failed += not stage.swap(number)
            half += stage.check_endpoint()
        os.kill(stage.processes.http.pid, signal.SIGKILL)
        stage.processes.http.wait()
        stage.processes.restart_dead()
        stage.processes.wait_until_ready()
        half += stage.check_endpoint()
        jobs = stage.check_jobs([stage.train()], [stage.score()])
    finally:
        cache.unlink()
    return Outcome("no room for the model cache", f"{size} swaps, 1 cold start", jobs, half_updated=half, failed=failed)


def poison(stage: Stage, size: int) -> Outcome:
    """Send messages that nobody can handle, with jobs behind them."""
    queue = stage.deployment.storage.job_queue()
    for number in range(size):
        queue.send_message(("no JSON", '{"table": 1}')[number % 2])
    jobs = stage.check_jobs([stage.train()], [stage.score()])
    away = stage.deployment.storage.queues.get_queue_client(f"{queue.queue_name}-poison")

    def put_aside() -> bool:
        try:
            return (away.get_queue_properties().approximate_message_count or 0) >= size
        except Exception:
            return False

    recovered = stage.seconds_until(put_aside, within=120)
    return Outcome("messages nobody can handle", f"{size} messages, 2 jobs", jobs, recovered=recovered)


def link_ends(stage: Stage, size: int) -> Outcome:
    """Let the links of jobs end while the jobs wait and work."""
    storage, moment = stage.deployment.storage, datetime.now(UTC)
    # Links begin in the past; this one ends in two seconds.
    brief = moment - storage.sas_lifetime + timedelta(seconds=2)
    held = stage.processes.background
    os.kill(held.pid, signal.SIGSTOP)
    found = []
    for data, endpoint in (
        (stage.training_data, stage.trainer),
        (stage.scoring_data, stage.scorer),
    ):
        own = own_blob(storage, data.relative_location, brief)
        link = BlobLink(data.base_location, data.relative_location, own.sas_token or "")
        found += [stage.workspace.submit_job(endpoint, {"input1": link}) for _ in range(size)]
    time.sleep(3)
    os.kill(held.pid, signal.SIGCONT)
    ended = stage.ends(found)
    unexplained = sum(
        not (status.state == "Finished" or (status.state == "Failed" and "SAS token" in (status.details or "")))
        for status in ended
    )
    return Outcome("links end before the job", f"{2 * size} jobs", Counts(unexplained, 0, 0))


def link_ends_in_mid_job(stage: Stage, size: int) -> Outcome:
    """Let the link of a large input end when a part of it has been scored; nothing of the output may be left."""
    storage, background = stage.deployment.storage, stage.processes.background
    data = stage.workspace.upload(large_people(stage.folder, 128 * 1024 * 1024))
    lost = 0
    for _ in range(size):
        lasts = timedelta(seconds=10)
        own = own_blob(storage, data.relative_location, datetime.now(UTC) - storage.sas_lifetime + lasts)
        link = BlobLink(data.base_location, data.relative_location, own.sas_token or "")
        job = stage.workspace.submit_job(stage.scorer, {"input1": link})
        reached = stage.seconds_until(lambda job=job: job.status().done > 0 or job.status().is_final, within=10)
        os.kill(background.pid, signal.SIGSTOP)
        time.sleep(lasts.total_seconds())
        os.kill(background.pid, signal.SIGCONT)
        (status,) = stage.ends([job])
        explained = status.state == "Failed" and "SAS token" in (status.details or "")
        written = storage.container("experimentoutput").get_blob_client(f"{job.id}/output1.csv").exists()
        lost += not (reached != NEVER and explained and not written)
    return Outcome("link ends in mid-job", f"{size} jobs of 128 MiB", Counts(lost, 0, 0))


def _with_callers(outcome: Outcome, stage: Stage, callers: list[Caller]) -> Outcome:
    total, failed = sum(caller.total for caller in callers), sum(caller.failed for caller in callers)
    half = outcome.half_updated + stage.check_endpoint()
    return replace(outcome, requests=total, failed=outcome.failed + failed, half_updated=half)


FAULTS: dict[str, tuple[Callable[[Stage, int], Outcome], int, int]] = {
    "kills": (processes_killed, 50, 2),
    "restarts": (emulator_restarted, 5, 1),
    "500": (lambda stage, size: storage_failing(stage, size, Fault(500), "storage answers 500"), 20, 4),
    "503": (lambda stage, size: storage_failing(stage, size, Fault(503), "storage answers 503"), 20, 4),
    "hang": (lambda stage, size: storage_failing(stage, size, Fault(HANG), "storage hangs"), 30, 6),
    "storm": (storage_stormy, 15, 2),
    "messages": (messages_repeated, 10, 2),
    "changes": (changes_at_once, 40, 6),
    "clocks": (clocks_stepped, 8, 2),
    "disk": (disk_full, 10, 2),
    "poison": (poison, 6, 2),
    "links": (link_ends, 3, 1),
    "reading": (link_ends_in_mid_job, 2, 1),
}


def main() -> None:
    """Run the faults that the arguments name, all unless told, and end with 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help=f"of {', '.join(FAULTS)}")
    parser.add_argument("--short", action="store_true", help="the sizes of the tests")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(FAULTS)
    if unknown:
        parser.error(f"there is no fault {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    found = []
    with open_stage() as stage:
        for name in arguments.names or FAULTS:
            run, size, short = FAULTS[name]
            started = time.monotonic()
            found.append(run(stage, short if arguments.short else size))
            seconds = time.monotonic() - started
            console.print(
                f"{found[-1].fault}: {'holds' if found[-1].holds else '[red]does not hold[/]'}, {seconds:.0f} s"
            )
    console.width = max(console.width, 140)
    show_table(
        "Faults",
        ["fault", "tried", "lost", "twice", "wrong", "half-updated", "requests", "failed", "/ready told", "back in"],
        [
            (
                item.fault,
                item.tried,
                item.jobs.lost,
                item.jobs.twice,
                item.jobs.wrong,
                item.half_updated,
                item.requests or None,
                item.failed,
                "yes" if item.told else "NO",
                f"{item.recovered:.1f} s" if item.recovered else None,
            )
            for item in found
        ],
    )
    sys.exit(0 if all(item.holds for item in found) else 1)


if __name__ == "__main__":
    main()
