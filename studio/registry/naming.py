"""Words that help those who may see a workspace's names: the nearest one there is, and what a refused token is.

Only for callers that have shown a token of the workspace; others are told nothing about what is in it.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from studio.errors import StudioError
from studio.hints import listed, nearest, suggest
from studio.registry.endpoints import list_endpoints
from studio.registry.web_services import list_web_services
from studio.registry.workspaces import list_workspaces
from studio.storage.account import Storage
from studio.storage.keys import SLOTS, admin_token, read_bearer, same_key

TOKEN = re.compile(r"[A-Za-z0-9+/]{86}==")
# Looking for the workspace of a token reads rows, and anybody can send a wrong one.
MAX_WORKSPACES, LOOK_SECONDS = 1000, 1.0


@contextmanager
def hinting(hint: Callable[[], str]) -> Iterator[None]:
    """Add a hint to the error that ends a `with` block."""
    try:
        yield
    except StudioError as error:
        error.add_hint(hint())
        raise


def service_hint(storage: Storage, workspace_id: str, name: str) -> str:
    """Return which web service may have been meant, with its id, or which there are."""
    ids = {service.name: service.id for service in list_web_services(storage, workspace_id)}
    found = nearest(name, ids)
    if found:
        return f"Did you mean '{found}'? Its id is {ids[found]}."
    return f"The workspace has: {listed(f"'{known}' ({id_})" for known, id_ in ids.items()) or 'none'}."


def endpoint_hint(storage: Storage, workspace_id: str, service_id: str, name: str) -> str:
    """Return which endpoint of a service may have been meant, or which there are."""
    return suggest(name, (item.name for item in list_endpoints(storage, workspace_id, service_id)))


class TokenHints:
    """Says what a token is that does not open a workspace, without telling whose it is."""

    def __init__(self) -> None:
        self._looked_at = 0.0

    def hint(self, storage: Storage, header: str | None) -> str:
        """Return what is known about the token of a refused request."""
        given = read_bearer(header)
        if not given:
            return "The request has no token."
        if same_key(given, admin_token(storage.secret)):
            return "It is the administrator's token, which opens no workspace."
        if not TOKEN.fullmatch(given):
            return f"A token has 88 characters and ends with ==; this one has {len(given)} and may have been cut."
        if self._is_another_workspaces(storage, given):
            return "It is a token of another workspace: the workspace's id and the token must belong together."
        return "It may be of another workspace, or have been replaced since."

    def _is_another_workspaces(self, storage: Storage, given: str) -> bool:
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        workspaces = islice(list_workspaces(storage), MAX_WORKSPACES)
        tokens = (item.token(storage.secret, slot) for item in workspaces for slot in range(len(SLOTS)))
        # All are compared, so that the time says nothing about which one it is.
        return sum(same_key(given, token) for token in tokens) > 0
