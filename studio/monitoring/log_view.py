"""Which rows of the prediction log a page tells: of one deployment, from the latest back, with the truths that came."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.monitoring.feedback import read_truths
from studio.monitoring.rows import Table
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.wire import invalid_value

OLDEST, LATEST = "oldest", "latest"
ORDERS = (OLDEST, LATEST)
TRUTH = "truth"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class View:
    """Which rows of a span to tell, and how.

    Parameters
    ----------
    deployment
        The name of a deployment; empty for all.
    latest_first
        Whether the latest row comes first.
    truths
        Whether to add the column `truth`: what turned out to be right, missing as long as it is not known.
    """

    deployment: str = ""
    latest_first: bool = False
    truths: bool = False

    @property
    def needed(self) -> list[str]:
        """The columns that it takes to make it."""
        return ["deployment"] * bool(self.deployment) + ["id"] * self.truths

    def rows(self, table: Table) -> Table:
        """Return those rows of an hour, in the order of the page."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.deployment and table.num_rows:
            table = table.filter(pc.equal(table["deployment"], self.deployment))
        if self.latest_first and table.num_rows:
            table = table.take(pa.array(range(len(table) - 1, -1, -1), pa.int64()))
        return table


ALL = View()


def read_order(text: str | None) -> str:
    """Read the order of a page; BadArgument for one that there is not."""
    chosen = (text or OLDEST).lower()
    if chosen not in ORDERS:
        raise invalid_value("order", " or ".join(ORDERS), chosen[:40])
    return chosen


def cut(times: Any, room: int, view: View, *, first: bool) -> tuple[int, datetime]:
    """Return how many rows of an hour a page still takes, and the moment at which the next page begins.

    Rows of one moment are told together, so that a page may have fewer than there is room for, and one whose rows
    are all of one moment has more.

    Parameters
    ----------
    times : pyarrow.ChunkedArray of timestamps
        In the order of the page; more than there is room for.
    room
        int, rows.
    first
        Whether the page has no rows yet.
    """
    moment: datetime = times[room].as_py() + (INSTANT if view.latest_first else timedelta())
    kept = _count(times, moment, view)
    if first and kept == 0:
        moment += -INSTANT if view.latest_first else INSTANT
        kept = _count(times, moment, view)
    return kept, moment


def _count(times: Any, moment: datetime, view: View) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    compare = pc.greater_equal if view.latest_first else pc.less
    return int(pc.sum(compare(times, pa.scalar(moment, pa.timestamp("us", "UTC")))).as_py() or 0)


def with_truths(storage: Storage, endpoint: Endpoint, table: Table, since: datetime, now: datetime) -> Table:
    """Return rows with what turned out to be right for each, by their ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not table.num_rows:
        return table
    ids = table["id"].combine_chunks()
    truths = read_truths(storage, endpoint, since=since, until=now + timedelta(days=1), ids=pc.unique(ids))
    places = pc.index_in(ids, value_set=truths["id"].combine_chunks())
    return table.append_column(TRUTH, pa.chunked_array([truths["value"].combine_chunks().take(places)]))
