"""Secrets that clients gave the app to use for them: kept sealed in storage, or in Key Vault if the settings name one.

Either way a secret is bound to its owner and to the destination that it is sent to: a seal opens for those only
(keys.py), and in a vault a tag has their hash.
"""

import hashlib
import logging
from dataclasses import dataclass

from studio.errors import InternalError, StudioError
from studio.storage.account import Storage
from studio.storage.key_vault import delete_secret, find_secret, put_secret
from studio.storage.keys import new_id, seal_for, unseal_for

STORAGE, KEY_VAULT = "Storage", "KeyVault"
OWNER_TAG, BINDING_TAG = "perennial-datastore", "perennial-binding"
logger = logging.getLogger(__name__)


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

    @property
    def digest(self) -> str:
        """A hash of that."""
        return hashlib.sha256("\n".join(self.binding).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """Where a secret is kept, and what it is found by there."""

    place: str
    text: str


def keep_secret(storage: Storage, owner: Owner, text: str) -> KeptSecret:
    """Keep a secret, and return what opens it again; ServiceUnavailable if the vault cannot be used."""
    vault = storage.settings.key_vault
    if vault is None:
        return KeptSecret(STORAGE, seal_for(storage.secret, text, *owner.binding))
    # A name of its own: a vault keeps the names of deleted secrets for weeks.
    name = f"perennial-{owner.workspace_id}-{new_id()}"
    tags = {OWNER_TAG: f"{owner.workspace_id}/{owner.name}", BINDING_TAG: owner.digest}
    return KeptSecret(KEY_VAULT, f"{name}/{put_secret(storage, vault, name, text, tags)}")


def open_secret(storage: Storage, owner: Owner, kept: KeptSecret) -> str:
    """Return a secret.

    Raises
    ------
    InternalError
        If the app has another master secret now, or the vault has the secret no longer.
    ServiceUnavailable
        If the vault cannot be used.
    """
    if kept.place == STORAGE:
        found = unseal_for(storage.secret, kept.text, *owner.binding)
        if found is None:
            raise _lost(owner, "this app has another master secret now")
        return found
    vault = storage.settings.key_vault
    if vault is None:
        raise _lost(owner, "it is in a key vault, and the app setting PERENNIAL_KEY_VAULT names none now")
    name, _, version = kept.text.partition("/")
    stored = find_secret(storage, vault, name, version)
    if stored is None or stored[1].get(BINDING_TAG) != owner.digest:
        raise _lost(owner, "the key vault does not have it any more")
    return stored[0]


def forget_secret(storage: Storage, kept: KeptSecret | None) -> None:
    """Delete a secret from the vault; may be repeated. Raises ServiceUnavailable if the vault cannot be used."""
    vault = storage.settings.key_vault
    if kept is not None and kept.place == KEY_VAULT and vault is not None:
        delete_secret(storage, vault, kept.text.partition("/")[0])


def drop_secret(storage: Storage, kept: KeptSecret | None) -> None:
    """Delete a secret that nothing refers to any more; the log says if it cannot be."""
    try:
        forget_secret(storage, kept)
    except StudioError as error:
        logger.warning("A secret that is not used any more is still in the key vault: %s", error.message)


def _lost(owner: Owner, reason: str) -> InternalError:
    text = f"The secret of '{owner.name}' cannot be opened: {reason}. Give it again."
    return InternalError("IncompleteSettings", text)
