"""What to say of a name that leads nowhere."""

from collections.abc import Sequence
from difflib import get_close_matches

from perennial.errors import PerennialError

MAX_NAMES = 20


def not_found(problem: str, name: str, known: Sequence[str], code: str = "NotFound") -> PerennialError:
    """Return the error for a name that is not among the known ones; says which is meant, perhaps, and which there are.

    Parameters
    ----------
    problem
        The sentence that the name ends, such as `The workspace has no dataset`.
    """
    lower = {item.lower(): item for item in known}
    near = get_close_matches(name.lower(), list(lower), n=1)
    meant = f" Did you mean '{lower[near[0]]}'?" if near else ""
    listed = ", ".join(f"'{item}'" for item in known[:MAX_NAMES]) or "none"
    more = f" and {len(known) - MAX_NAMES} more" if len(known) > MAX_NAMES else ""
    return PerennialError(404, code, f"{problem} '{name}'.{meant} There are: {listed}{more}.")
