"""How the modules of a run stand while it goes on, and after it failed or was cancelled.

Column Modules of table `runs`: compressed JSON with a list for each module that has ended, in the order of the run, and
when the one that runs now began. A finished run has the same in its summary, and the column is empty.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from typing import Any

from studio.graph.runner import ModuleRecord

# A property of a row holds 64 KiB of bytes.
MAX_BYTES = 60_000
Show = Callable[[str, ModuleRecord, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class EndedModule:
    """A module that has ended: seconds, rows by port, whether its result was reused, and why or why not.

    `shown` is the key of the files that show what it delivered (output_files.py), empty if there are none.
    """

    seconds: float
    rows_in: dict[str, int]
    rows_out: dict[str, int]
    reused: bool
    reason: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class ModuleStates:
    """The modules that have ended, in the order of the run, and when the next began, with its rows."""

    ended: tuple[EndedModule, ...] = ()
    begun_at: str = ""
    rows_in: dict[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the states as their column holds them, with fewer facts of each module if there are too many."""
        whole = self.ended
        for ended in (whole, [replace(item, reason="") for item in whole], [_shortest(item) for item in whole]):
            content = _pack(replace(self, ended=tuple(ended)))
            if len(content) <= MAX_BYTES:
                break
        return content


def _shortest(item: EndedModule) -> EndedModule:
    return replace(item, reason="", rows_in={}, seconds=round(item.seconds, 1))


def _pack(states: ModuleStates) -> bytes:
    ended = [astuple(item) for item in states.ended]
    return zlib.compress(json.dumps([ended, states.begun_at, states.rows_in], separators=(",", ":")).encode(), 6)


def read_states(content: bytes) -> ModuleStates | None:
    """Return the states in a column; None if it is empty, as in rows of earlier versions."""
    if not content:
        return None
    ended, begun_at, rows_in = json.loads(zlib.decompress(content))
    return ModuleStates(tuple(EndedModule(*item) for item in ended), begun_at, rows_in)


class StateWriter:
    """Follows the modules of a run.

    Parameters
    ----------
    clock
        Returns the current time.
    show
        Keeps what a module delivered to be looked at, and returns its key.
    on_change
        Called after each change, from the thread of the run.
    """

    def __init__(self, clock: Callable[[], datetime], show: Show, on_change: Callable[["StateWriter"], None]) -> None:
        self._clock = clock
        self._show = show
        self._on_change = on_change
        self._states = ModuleStates()

    def to_bytes(self) -> bytes:
        """Return what the column is to hold now; may be called from any thread."""
        return self._states.to_bytes()

    def begun(self, title: str, rows_in: Mapping[str, int]) -> None:
        """Note that a module begins."""
        self._states = replace(self._states, begun_at=self._clock().isoformat(), rows_in=dict(rows_in))
        self._on_change(self)

    def ended(self, title: str, record: ModuleRecord, delivered: Mapping[str, Any]) -> None:
        """Note that a module has ended."""
        seconds = round(record.seconds, 3)
        shown = self._show(title, record, delivered)
        ended = EndedModule(seconds, record.rows_in, record.rows_out, record.reused, record.reason, shown)
        self._states = ModuleStates((*self._states.ended, ended))
        self._on_change(self)
