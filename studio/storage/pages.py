"""Pages of long lists: newest first, each with where the next one starts.

Where a page starts is a text that clients get in the header `Link` and send back: it stays right when something is
added or deleted in between.
"""

import heapq
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from studio.errors import BadArgument
from studio.storage.rows import Row

DEFAULT_LIMIT, MAX_LIMIT, MAX_AFTER, MAX_SEARCH = 100, 1000, 400, 200
ALL = sys.maxsize
PLACE = re.compile(r"[0-9]{18}-[0-9a-f]{8,32}")
DIGITS = re.compile(r"[0-9]{1,9}")
# What newest_first needs of a row.
KEYS = ["PartitionKey", "RowKey", "CreatedAt"]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list a client wants: at most `limit` items of those behind `after`."""

    limit: int
    after: str


def read_page(limit: str | None, after: str | None, default: int = DEFAULT_LIMIT) -> Page:
    """Read the query parameters of a list, which has `default` items without a limit; BadArgument if invalid."""
    if limit and not (DIGITS.fullmatch(limit) and 1 <= int(limit) <= MAX_LIMIT):
        text = f"limit must be a number from 1 to {MAX_LIMIT}, got {limit[:40]!r}."
        raise BadArgument("BadParameterValue", text, "limit")
    if after and len(after) > MAX_AFTER:
        text = f"after must be as the header Link of the page before has it, got {len(after)} characters."
        raise BadArgument("BadParameterValue", text, "after")
    return Page(int(limit) if limit else default, after or "")


def check_place(page: Page) -> str:
    """Return where a page of rows starts whose keys are a time and a number; BadArgument if it is anything else."""
    if page.after and not PLACE.fullmatch(page.after):
        text = f"after must be as the header Link of the page before has it, got {page.after[:40]!r}."
        raise BadArgument("BadParameterValue", text, "after")
    return page.after


def read_search(text: str | None) -> str:
    """Read the query parameter `q`, a part of names in any case; BadArgument if it is too long for a name."""
    if text and len(text) > MAX_SEARCH:
        raise BadArgument("BadParameterValue", f"q must have at most {MAX_SEARCH} characters, got {len(text)}.", "q")
    return (text or "").lower()


def newest_first(rows: Iterable[Row], page: Page) -> tuple[list[Row], str | None]:
    """Return the rows of a page, by when they were created, and where the next page starts; None after the last.

    Rows are read one by one, and only as many as a page has are kept.
    """
    older = (row for row in rows if not page.after or _place(row) < page.after)
    found = heapq.nlargest(page.limit + 1, older, key=_place)
    shown = found[: page.limit]
    return shown, _place(shown[-1]) if len(found) > page.limit else None


def by_name[T](items: Iterable[tuple[str, T]], page: Page) -> tuple[list[T], str | None]:
    """Return the items of a page, given each with its name, in the order of names, and where the next page starts."""
    behind = ((name, item) for name, item in items if not page.after or name > page.after)
    found = heapq.nsmallest(page.limit + 1, behind, key=lambda pair: pair[0])
    shown = found[: page.limit]
    return [item for _, item in shown], shown[-1][0] if len(found) > page.limit else None


def _place(row: Row) -> str:
    return f"{row['CreatedAt']}~{row['RowKey']}"
