"""What a run says while it goes on: curves of learners, and warnings of the libraries that its modules use.

Warnings are heard by the thread that asks for them. Python's own way of recording them changes what the whole process
does with warnings, so runs beside each other would get those of others.
"""

import json
import math
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

# A run's warnings and curves are shown while it goes on, from one column of its row.
MAX_WARNINGS, MAX_WARNING_CHARACTERS = 20, 300
MAX_POINTS, MAX_SHOWN_POINTS, MAX_TITLES = 500, 400, 40
HEARD = (UserWarning, RuntimeWarning)


@dataclass(frozen=True, slots=True)
class Curve:
    """How a learner gets on.

    Parameters
    ----------
    unit
        What is counted: `epoch`, `tree`, `fold` or `combination`.
    total
        How many there will be at most.
    loss
        The training loss after each.
    validation
        The score on rows kept out of training after each, greater is better; empty if there are none.
    """

    unit: str
    total: int
    loss: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()

    def to_json(self, points: int = MAX_POINTS) -> dict[str, Any]:
        """Return the curve, thinned to so many points; `step` has the number of each, unless all are there."""
        done = max(len(self.loss), len(self.validation))
        kept = _evenly(done, points)
        found: dict[str, Any] = {"unit": self.unit, "total": self.total, "done": done}
        for name, values in (("loss", self.loss), ("validation", self.validation)):
            if values:
                found[name] = [_number(values[index]) for index in kept if index < len(values)]
        return found if len(kept) == done else found | {"step": [index + 1 for index in kept]}


def _evenly(count: int, points: int) -> list[int]:
    """Return positions, spread evenly, with the first and the last."""
    if count <= points:
        return list(range(count))
    return sorted({round(place * (count - 1) / (points - 1)) for place in range(points)})


def _number(value: float) -> float | None:
    # JSON has no infinity, and six digits are more than a plot shows.
    return float(f"{value:.6g}") if math.isfinite(value) else None


class Journal:
    """A run's warnings and curves by module; safe to share between threads.

    Parameters
    ----------
    on_change
        Called with the journal after each change, from the thread that made it.
    """

    def __init__(self, on_change: Callable[["Journal"], None] = lambda journal: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._warnings: dict[str, list[str]] = {}
        self._curves: dict[str, dict[str, Any]] = {}
        self._points: dict[str, Curve] = {}

    def warn(self, title: str, text: str) -> None:
        """Note a warning of a module, once, shortened; those of a run that warns again and again are dropped."""
        text = " ".join(text.split())
        if len(text) > MAX_WARNING_CHARACTERS:
            text = text[: MAX_WARNING_CHARACTERS - 1] + "…"
        with self._lock:
            known = self._warnings.setdefault(title, [])
            if text in known or sum(map(len, self._warnings.values())) >= MAX_WARNINGS:
                return
            known.append(text)
        self._on_change(self)

    def draw(self, title: str, curve: Curve) -> None:
        """Note how a module's learner gets on."""
        with self._lock:
            self._points[title] = curve
        self._on_change(self)

    def add(self, title: str, unit: str, total: int, score: float) -> None:
        """Note that one more fold or combination is done, with its score."""
        with self._lock:
            before = self._points.get(title) or Curve(unit, total)
            self._points[title] = replace(before, validation=(*before.validation, score))
        self._on_change(self)

    def notes(self, title: str) -> str:
        """Return what is noted of a module as text, to be kept with its result."""
        with self._lock:
            return json.dumps({"warnings": self._warnings.get(title, []), "curve": self._curve(title, MAX_POINTS)})

    def restore(self, title: str, notes: str) -> None:
        """Note what `notes` returned in the run that a module's result comes from."""
        found = json.loads(notes)
        with self._lock:
            if found["curve"]:
                self._curves[title] = found["curve"]
        for text in found["warnings"]:
            self.warn(title, text)

    def warnings(self) -> list[dict[str, str]]:
        """Return the warnings, each with its module's title."""
        with self._lock:
            return [{"title": title, "message": text} for title, texts in self._warnings.items() for text in texts]

    def curves(self, points: int = MAX_POINTS) -> dict[str, Any]:
        """Return the curves by title."""
        with self._lock:
            titles = [*{**self._curves, **self._points}][-MAX_TITLES:]
            return {title: self._curve(title, points) for title in titles}

    def to_text(self) -> str:
        """Return everything as short text, for the row of the run."""
        points = max(2, MAX_SHOWN_POINTS // max(1, len(self.curves(2))))
        return json.dumps({"warnings": self.warnings(), "curves": self.curves(points)}, ensure_ascii=False)

    def _curve(self, title: str, points: int) -> dict[str, Any] | None:
        drawn = self._points.get(title)
        return drawn.to_json(points) if drawn else self._curves.get(title)


class _Listener(threading.local):
    """Who hears the warnings of a thread."""

    hear: Callable[[str], None] | None = None


_LISTENER = _Listener()
_LOCK = threading.Lock()


@contextmanager
def heard_by(hear: Callable[[str], None]) -> Iterator[None]:
    """Call `hear` with the text of each warning that this thread's code gives, instead of writing it to the log."""
    _listen()
    before, _LISTENER.hear = _LISTENER.hear, hear
    try:
        yield
    finally:
        _LISTENER.hear = before


def _listen() -> None:
    """Make the process ask `_LISTENER` first; whoever replaced that meanwhile, such as a test, is asked next."""
    with _LOCK:
        if getattr(warnings.showwarning, "func", None) is not _show:
            warnings.showwarning = partial(_show, warnings.showwarning)
        for kind in HEARD:
            # Not once per line of code, as is usual: each run needs its own.
            rule = ("always", None, kind, None, 0)
            if rule not in warnings.filters[: len(HEARD)]:
                warnings.simplefilter("always", kind)


def _show(others: Any, message: Any, category: Any, *place: Any, **more: Any) -> None:
    if _LISTENER.hear is None:
        others(message, category, *place, **more)
    elif issubclass(category, HEARD):
        _LISTENER.hear(str(message))


def scored(values: Sequence[Any]) -> tuple[float, ...]:
    """Return numbers of a library as Python's."""
    return tuple(float(value) for value in values)
