"""A run ends when its time is used up: by an exception where Python runs, through `on_stuck` where it does not."""

import contextlib
import ctypes
import threading
import time

import pytest

from studio.errors import ModuleExecutionError
from studio.graph.document import parse_experiment
from studio.graph.runner import run_experiment
from studio.graph.time_budget import OutOfTime, run_in_time
from tests.builders import NoData, people_csv, people_experiment

pytestmark = pytest.mark.attack("Size and time")


def never(error):
    raise AssertionError(error)


def loop(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def limited(work, seconds=1.0, on_stuck=never, grace_seconds=30.0):
    """Do work that takes the budget, in its time."""
    run_in_time(work, seconds, on_stuck, grace_seconds)


def test_work_that_runs_python_ends_with_its_module_named():
    def work(budget):
        budget.enter("Train Model (Train)")
        loop(30)

    started = time.monotonic()
    with pytest.raises(ModuleExecutionError, match=r"Error 0138: Train Model \(Train\): .*PERENNIAL_RUN_MINUTES"):
        limited(work)
    assert time.monotonic() - started < 5


def test_libraries_that_catch_every_exception_do_not_hold_it_up():
    def work(_):
        for _ in range(200):
            with contextlib.suppress(Exception):
                loop(0.05)

    with pytest.raises(ModuleExecutionError, match="0138"):
        limited(work)


def test_threads_that_help_end_too():
    ended = threading.Event()

    def help_out(budget):
        try:
            with budget.helping():
                loop(30)
        except OutOfTime:
            ended.set()

    def work(budget):
        threading.Thread(target=help_out, args=(budget,), daemon=True).start()
        while True:
            time.sleep(0.01)

    with pytest.raises(ModuleExecutionError, match="0138"):
        limited(work)
    assert ended.wait(5)


class Cancelled(Exception):
    """What a test stops a run with."""


def stopped_soon(budget):
    threading.Timer(0.2, budget.stop, [Cancelled()]).start()


def test_work_that_is_stopped_ends_at_once_with_the_error_given():
    def work(budget):
        stopped_soon(budget)
        loop(30)

    started = time.monotonic()
    with pytest.raises(Cancelled):
        limited(work, seconds=60)
    assert time.monotonic() - started < 5


def test_stopping_work_that_nothing_can_interrupt_ends_no_process():
    """A caller who cancels again and again would end the work of others otherwise."""

    def work(budget):
        stopped_soon(budget)
        ctypes.CDLL(None).usleep(600_000)

    with pytest.raises(Cancelled):
        limited(work, seconds=60, grace_seconds=0.01)


def test_stopping_work_that_has_ended_does_nothing():
    kept = []
    limited(kept.append, seconds=60)
    kept[0].stop(Cancelled())
    loop(0.05)


def test_work_that_ends_in_time_is_left_alone_afterwards():
    """Also when the end of the work and the end of its time meet, whichever comes first."""
    for microseconds in range(0, 3000, 10):
        with contextlib.suppress(ModuleExecutionError):
            limited(lambda _, work=microseconds: loop(work / 1e6), seconds=0.001)
    loop(0.3)


def test_work_that_nothing_can_interrupt_is_reported_as_stuck():
    reported = []

    def work(budget):
        budget.enter("Two-Class Support Vector Machine (Learner)")
        # Native code that does not return to Python, as some learners' fits are.
        ctypes.CDLL(None).usleep(800_000)

    with pytest.raises(ModuleExecutionError, match="0138"):
        limited(work, 0.2, reported.append, grace_seconds=0.2)
    assert "Two-Class Support Vector Machine (Learner)" in reported[0].message


def test_a_module_after_the_end_is_not_begun():
    begun = []

    def work(budget):
        budget.enter("Import Data")
        # What swallows everything runs on until the next module.
        with contextlib.suppress(BaseException):
            loop(10)
        budget.enter("Clip Values")
        begun.append("Clip Values")

    with pytest.raises(ModuleExecutionError, match="Import Data"):
        limited(work)
    assert begun == []


@pytest.mark.parametrize(
    "learner, given",
    [
        ("Two-Class Decision Forest", {"Number of decision trees": 10_000}),
        ("Two-Class Boosted Decision Tree", {"Total number of trees constructed": 10_000}),
        ("Two-Class Neural Network", {"Number of learning iterations": 10_000}),
    ],
)
def test_learners_end_with_the_run(learner, given):
    experiment = parse_experiment(people_experiment(learner, **given))

    def work(budget):
        run_experiment(
            experiment,
            NoData({"people.csv": people_csv(400)}),
            wanted=set(experiment.nodes),
            fed={},
            parameters={},
            progress=lambda done, total, step: None,
            budget=budget,
        )

    started = time.monotonic()
    with pytest.raises(ModuleExecutionError, match=r"Error 0138: Train Model \(Train\)"):
        limited(work, seconds=1)
    assert time.monotonic() - started < 20
