"""Rows of the log from several places in one order of time, without having all of them in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from studio.monitoring.parts import unite
from studio.monitoring.rows import Table


class Reader(Protocol):
    """Reads rows in order of time."""

    @property
    def begins(self) -> int:
        """The time of its first row, in microseconds since 1970."""
        ...

    @property
    def ends(self) -> int:
        """The time of its last row, in microseconds since 1970."""
        ...

    def tables(self, latest_first: bool = False) -> Iterator[Table]:
        """Yield the rows, the latest table first if asked for; the rows of a table are always in order of time."""
        ...


@dataclass(slots=True)
class _Open:
    """What is being read: the rows that wait, with their times, and those to come."""

    table: Table
    times: Any
    rest: Iterator[Table]


def merged(table: Table, readers: Sequence[Reader], *, latest_first: bool = False) -> Iterator[Table]:
    """Yield a table and what readers yield as tables in one order of time.

    Readers are opened when their time has come, so that as many are in memory as overlap.
    """
    if not readers:
        yield table
        return
    waiting = sorted(readers, key=lambda item: -item.ends if latest_first else item.begins)
    opened: list[_Open] = []
    if table.num_rows:
        _open(opened, iter((table,)))
    while opened or waiting:
        if not opened:
            _open(opened, waiting.pop(0).tables(latest_first))
            continue
        edge = _edge(opened, latest_first)
        if waiting and (waiting[0].ends >= edge if latest_first else waiting[0].begins <= edge):
            _open(opened, waiting.pop(0).tables(latest_first))
            continue
        yield _take(opened, edge, latest_first)


def _open(opened: list[_Open], tables: Iterator[Table]) -> None:
    found = next(tables, None)
    if found is not None:
        opened.append(_Open(found, found["at"].cast("int64").to_numpy(), tables))


def _edge(opened: list[_Open], latest_first: bool) -> int:
    """Return the time up to which (or, from the latest back, from which) all rows that may come are known."""
    if latest_first:
        return max(int(item.times[0]) for item in opened)
    return min(int(item.times[-1]) for item in opened)


def _take(opened: list[_Open], edge: int, latest_first: bool) -> Table:
    """Take the rows up to the edge, and read on where none are left."""
    pieces = []
    for item in tuple(opened):
        place = int(item.times.searchsorted(edge, "left" if latest_first else "right"))
        taken, left = (slice(place, None), slice(place)) if latest_first else (slice(place), slice(place, None))
        start, end, _ = taken.indices(len(item.times))
        if start < end:
            pieces.append(item.table.slice(start, end - start))
        start, end, _ = left.indices(len(item.times))
        if start < end:
            item.table, item.times = item.table.slice(start, end - start), item.times[start:end]
        else:
            opened.remove(item)
            _open(opened, item.rest)
    return pieces[0] if len(pieces) == 1 else sorted_by_time(unite(pieces))


def sorted_by_time(table: Table) -> Table:
    """Return rows in order of time; those of one moment stay in the order in which they were written."""
    import pyarrow.compute as pc

    at = table["at"].combine_chunks()
    if len(at) < 2 or not pc.any(pc.less(at[1:], at[:-1])).as_py():
        return table
    return table.take(at.cast("int64").to_numpy().argsort(kind="stable"))
