"""What a message says about a name that does not exist: the nearest that does, or those there are."""

import difflib
import functools
import itertools
from collections.abc import Iterable

# Comparing takes time in proportion to how many there are and how long they are.
MAX_COMPARED, MAX_LENGTH = 200, 100
MAX_LISTED, MAX_LISTED_LENGTH = 40, 600


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a misspelt one, ignoring case and blanks around it, or None."""
    return _nearest(name.strip()[:MAX_LENGTH], tuple(itertools.islice(known, MAX_COMPARED)))


# One wrong name is often in many places of a document.
@functools.lru_cache(maxsize=64)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    folded = {item.casefold()[:MAX_LENGTH]: item for item in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), folded, 1)
    return folded[close[0]] if close else None


def suggest(name: str, known: Iterable[str], otherwise: str = "It has") -> str:
    """Return a sentence with the nearest known name; without one near enough, with those there are.

    Parameters
    ----------
    otherwise
        What precedes the list of names, such as `Accepted`.
    """
    names = list(known)
    found = nearest(name, names)
    return f"Did you mean '{found}'?" if found else f"{otherwise}: {listed(names) or 'none'}."


def listed(names: Iterable[str]) -> str:
    """Return names for a message, the first ones if there are many."""
    shown: list[str] = []
    length = 0
    for name in names:
        length += len(name)
        if len(shown) == MAX_LISTED or (shown and length > MAX_LISTED_LENGTH):
            return ", ".join([*shown, "…"])
        shown.append(name)
    return ", ".join(shown)
