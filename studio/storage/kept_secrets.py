"""Secrets that clients gave the app to use for them: kept sealed in storage, opened only for whom and where they are.

A seal is bound to its owner and to the destination that the secret is sent to (keys.py).
"""

from dataclasses import dataclass

from studio.errors import InternalError
from studio.storage.account import Storage
from studio.storage.keys import seal_for, unseal_for

STORAGE = "Storage"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose secret it is, and where it is sent: neither may change without the secret being given again."""

    workspace_id: str
    name: str
    destination: str

    @property
    def binding(self) -> tuple[str, str, str, str]:
        """What a seal is bound to."""
        return self.workspace_id, "datastore", self.name, self.destination


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """Where a secret is kept, and what it is found by there."""

    place: str
    text: str


def keep_secret(storage: Storage, owner: Owner, text: str) -> KeptSecret:
    """Keep a secret, and return what opens it again."""
    return KeptSecret(STORAGE, seal_for(storage.secret, text, *owner.binding))


def open_secret(storage: Storage, owner: Owner, kept: KeptSecret) -> str:
    """Return a secret.

    Raises
    ------
    InternalError
        If the app has another master secret now.
    """
    found = unseal_for(storage.secret, kept.text, *owner.binding)
    if found is None:
        raise InternalError(
            "IncompleteSettings",
            f"The secret of '{owner.name}' cannot be opened: this app has another master secret now. Give it again.",
        )
    return found
