"""Secrets in Azure Key Vault, by the app's identity: those that the app keeps, and those that a vault's owner shares.

The vault's challenge says whom a token is asked for; Microsoft's client refuses one that does not fit the vault's host.
Requests go to that host only (studio/storage/egress.py), over TLS.

References
----------
"Authentication, requests and responses" and "Secrets" of Key Vault's REST API, through azure-keyvault-secrets.
"""

import re
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

from studio.errors import BadArgument, InvalidOperation, ServiceUnavailable
from studio.storage.account import Storage, open_identity
from studio.storage.addresses import BadAddress, is_allowed, parse_address
from studio.storage.connections import CHECK
from studio.storage.egress import client_options, refusal

# What a vault's owner writes on a secret that pipelines of a workspace may use: ids of workspaces, or `*` for all.
SHARED_WITH, EVERY = "perennial-workspace", "*"
NAME, VERSION = re.compile(r"[0-9A-Za-z-]{1,127}"), re.compile(r"[0-9A-Fa-f]{0,64}")
# One client for each vault, which keeps its token.
_clients: "weakref.WeakKeyDictionary[Storage, dict[str, Any]]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def put_secret(storage: Storage, vault: str, name: str, text: str, tags: Mapping[str, str]) -> str:
    """Store a secret, and return its version. Raises ServiceUnavailable if the vault cannot be used."""
    with _using(vault):
        return str(_client(storage, vault).set_secret(name, text, tags=dict(tags)).properties.version)


def find_secret(storage: Storage, vault: str, name: str, version: str = "") -> tuple[str, dict[str, str]] | None:
    """Return a secret with its tags, the latest version by default; None if there is none."""
    with _using(vault):
        try:
            found = _client(storage, vault).get_secret(name, version or None)
        except ResourceNotFoundError:
            return None
        return str(found.value or ""), dict(found.properties.tags or {})


def delete_secret(storage: Storage, vault: str, name: str) -> None:
    """Delete all versions of a secret, which the vault keeps for a while to be recovered; may be repeated."""
    with _using(vault):
        try:
            _client(storage, vault).begin_delete_secret(name)
        except ResourceNotFoundError:
            return


def read_shared_secret(storage: Storage, workspace_id: str, vault: str, name: str, version: str = "") -> str:
    """Return a secret that a vault's owner shares with a workspace.

    Raises
    ------
    BadArgument
        If the operator does not list the vault, or it has no such secret for the workspace: the identity that reads
        it is the app's, and a workspace must not read with it what belongs to another, or to the app.
    ServiceUnavailable
        If the vault cannot be used.
    """
    listed = storage.settings.key_vaults
    try:
        address = parse_address(vault.strip())
    except BadAddress as error:
        raise BadArgument("BadParameterValue", f"baseUrl cannot be used: {error}.", "baseUrl") from error
    if address.scheme != "https" or not is_allowed(address, listed):
        raise BadArgument(
            "BadParameterValue",
            f"Secrets may not be read from '{address.netloc}'. The app's operator lists the vaults that workspaces may "
            "use in the app setting PERENNIAL_KEY_VAULTS.",
            "baseUrl",
        )
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        text = f"A secret's name has up to 127 letters, digits and dashes, its version hex digits, got '{name[:127]}'."
        raise BadArgument("BadParameterValue", text, "secretName")
    found = find_secret(storage, f"https://{address.netloc}", name, version)
    if found is None or not {workspace_id, EVERY} & set(found[1].get(SHARED_WITH, "").replace(",", " ").split()):
        raise BadArgument(
            "BadParameterValue",
            f"The vault '{address.netloc}' has no secret '{name}' for this workspace. Its owner shares one by the tag "
            f" {SHARED_WITH} with the workspace's id, {workspace_id}.",
            "secretName",
        )
    return found[0]


def _client(storage: Storage, vault: str) -> Any:
    # Here, since most apps never call a vault.
    from azure.keyvault.secrets import SecretClient

    with _lock:
        known = _clients.setdefault(storage, {})
        if vault not in known:
            allowed = (parse_address(vault).netloc,)
            known[vault] = SecretClient(vault, open_identity(storage.settings), **client_options(allowed, CHECK))
        return known[vault]


@contextmanager
def _using(vault: str) -> Iterator[None]:
    host = vault.partition("://")[2].strip("/")
    try:
        yield
    except HttpResponseError as error:
        if error.status_code not in (401, 403):
            raise _unavailable(host, f"it returned {error.status_code}") from error
        raise InvalidOperation(
            "BadParameterValue",
            f"The vault '{host}' refuses the app's identity ({error.status_code}). Its owner grants it the role Key "
            "Vault Secrets User, or Key Vault Secrets Officer for the vault in which the app keeps secrets.",
            "Secret",
        ) from error
    except (AzureError, ValueError) as error:
        # A ValueError is a challenge for another host.
        reason = str(error) if isinstance(error, ValueError) else refusal(error) or type(error).__name__
        raise _unavailable(host, reason.partition("\n")[0][:300]) from error


def _unavailable(host: str, reason: str) -> ServiceUnavailable:
    return ServiceUnavailable("NoMoreResources", f"The vault '{host}' cannot be used at the moment: {reason}.")
