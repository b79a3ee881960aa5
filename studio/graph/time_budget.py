"""The time budget of a run: what has used it up, or is cancelled, ends; its error names the module that was running.

Most learners return to Python often. Their thread, and those that help it, get an exception there. What has not ended a
minute after the run's time sits in native code that nothing can interrupt: `on_stuck` is called, which ends the process
(studio/work/stuck.py). Cancelling does not bring that forward: a caller who cancels must not be able to end a process
that does the work of others. See docs/decisions/0026-time-budget.md.
"""

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.errors import ModuleExecutionError

GRACE_SECONDS = 60.0
REMEDY = (
    "Use fewer rows, columns, trees, iterations or runs of a sweep. The app's operator can change the app setting "
    "PERENNIAL_RUN_MINUTES."
)


class OutOfTime(BaseException):
    """Raised inside the threads of a run that has to end; no library's `except Exception` stops it."""


class TimeBudget:
    """The time a run may take, watched from a thread of its own.

    Parameters
    ----------
    seconds
        The time from now on.
    on_stuck
        Called from the watching thread if the run has not ended `grace_seconds` after its time: by default a minute, or
        as long again if the run's time is shorter.
    remedy
        What the error says to do.
    """

    def __init__(
        self,
        seconds: float,
        on_stuck: Callable[[ModuleExecutionError], None],
        grace_seconds: float | None = None,
        remedy: str = REMEDY,
    ) -> None:
        self._seconds = seconds
        self._on_stuck = on_stuck
        self._grace_seconds = min(GRACE_SECONDS, seconds) if grace_seconds is None else grace_seconds
        self._remedy = remedy
        self._module = ""
        self._threads = {threading.get_ident()}
        self._stopped_by: Exception | None = None
        self._lock = threading.Lock()
        self._expired = False
        # Held until the run ends. Not an Event: an exception that arrives inside one may leave it locked.
        self._running = threading.Lock()
        self._running.acquire()
        self._watch = threading.Thread(target=self._watch_time, daemon=True, name="time-budget")

    def enter(self, module: str) -> None:
        """Note the module that runs next, as it is to be named; OutOfTime if the run has to end."""
        if self._expired:
            raise OutOfTime
        self._module = module

    @contextmanager
    def helping(self) -> Iterator[None]:
        """Let this thread, which works for the run, end with it."""
        me = threading.get_ident()
        with self._lock:
            if self._expired:
                raise OutOfTime
            self._threads.add(me)
        try:
            yield
        finally:
            self._release(me)

    def stop(self, error: Exception) -> None:
        """End the run now, with this error; callable from any thread, may be repeated, does nothing after the end."""
        self._stopped_by = self._stopped_by or error
        self._interrupt()

    def error(self) -> ModuleExecutionError:
        """Return the error that a run ends with when its time is used up."""
        return ModuleExecutionError(
            "0138",
            f"{self._module}: the run has used up its time of {self._seconds / 60:g} minutes. {self._remedy}",
        )

    def _watch_time(self) -> None:
        if self._running.acquire(timeout=self._seconds):
            return
        self._interrupt()
        if not self._running.acquire(timeout=self._grace_seconds):
            self._on_stuck(self.error())

    def _interrupt(self) -> None:
        with self._lock:
            if self._expired:
                return
            self._expired = True
            for thread in self._threads:
                _raise_in(thread, OutOfTime)

    def _release(self, thread: int) -> None:
        with self._lock:
            self._threads.discard(thread)
            # One that is on its way must not arrive in whatever the thread does next.
            _raise_in(thread, None)

    def _end(self) -> None:
        """End the watch; may be repeated, because the exception may arrive before this is done."""
        with contextlib.suppress(RuntimeError):
            self._running.release()
        self._release(threading.get_ident())


def run_in_time[Result](
    work: Callable[[TimeBudget], Result],
    seconds: float,
    on_stuck: Callable[[ModuleExecutionError], None],
    grace_seconds: float | None = None,
    *,
    remedy: str = REMEDY,
) -> Result:
    """Do work that takes a time budget, and return its result.

    ModuleExecutionError 0138 if it takes longer, or the error that it was stopped with.

    A function, not a context manager: wherever the exception arrives, it arrives inside the `try`.
    """
    budget = TimeBudget(seconds, on_stuck, grace_seconds, remedy)
    try:
        try:
            budget._watch.start()
            return work(budget)
        finally:
            budget._end()
    except OutOfTime:
        budget._end()
        raise budget._stopped_by or budget.error() from None


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Raise an exception in another thread as soon as that runs Python code again; None takes one back."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(exception) if exception else None
    )
