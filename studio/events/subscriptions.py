"""Subscriptions: who is told about a workspace's events, where, and about which.

Table `subscriptions`: partition key is the workspace id, row key the subscription's name. Columns: Kind, Types (JSON),
Enabled, CreatedAt; Url and Secret, sealed for this workspace and name, since addresses often hold keys; and how
delivery goes: NextAt (when it is tried next), Failures (in a row), LastAt, LastError.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.data.tables import UpdateMode

from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.storage.account import Storage
from studio.storage.addresses import Address, BadAddress, is_allowed, is_number, parse_address
from studio.storage.event_log import TYPES
from studio.storage.keys import seal_for, unseal_for
from studio.storage.rows import Row, change_row, delete_row, find_row, insert_row, list_rows, query_rows
from studio.wire import classic_time, invalid_value, optional_classic_time, read_flag, read_text

TABLE, DELIVERIES = "subscriptions", "deliveries"
WEBHOOK, EVENT_GRID = "Webhook", "EventGrid"
KINDS = (WEBHOOK, EVENT_GRID)
TOPICS = tuple(f"*.eventgrid.azure.{zone}" for zone in ("net", "us", "cn"))
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
MOST = 20
HIDDEN = "***"
# Standard Webhooks: a secret has from 24 to 64 bytes.
PREFIX, SECRET_BYTES = "whsec_", range(24, 65)
PROPERTIES = ("Url", "Types", "Secret", "Kind", "Enabled")
# The first character behind those that the keys of a subscription's deliveries begin with.
SEPARATOR, BEHIND = "~", "\x7f"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as stored, with its address and secret in plain text."""

    workspace_id: str
    name: str
    kind: str
    url: str
    types: tuple[str, ...]
    secret: str
    enabled: bool
    created_at: str
    next_at: str
    failures: int
    last_at: str
    last_error: str

    def wants(self, type_: str) -> bool:
        """Return whether it is for events of a type; without types it is for all."""
        return not self.types or type_ in self.types


def put_subscription(
    storage: Storage, workspace_id: str, name: str, body: dict[str, Any], *, now: datetime
) -> tuple[Subscription, str | None]:
    """Store a subscription, replacing one of that name, and return it with the secret that was made for it, if any.

    Parameters
    ----------
    body
        `Url`; optionally `Types`, `Secret`, `Kind` and `Enabled`. For an address with a query, of which only `***` is
        shown, that may be sent back. Without `Secret` an earlier one stays, and a new subscription gets one.

    Raises
    ------
    BadArgument
        If a property is invalid.
    InvalidOperation
        If events may not be sent to the host, or the workspace has too many subscriptions.
    """
    _check_name(name)
    if unknown := sorted(set(body) - set(PROPERTIES)):
        raise invalid_value("The properties of a subscription", f"among {', '.join(PROPERTIES)}", unknown[0][:100])
    before = find_subscription(storage, workspace_id, name)
    if before is None and sum(1 for _ in list_rows(storage.table(TABLE), workspace_id, select=["RowKey"])) >= MOST:
        raise InvalidOperation("BadParameterValue", f"A workspace may have {MOST} subscriptions.", name)
    kind = _read_kind(body.get("Kind", WEBHOOK))
    url = _read_url(storage, body.get("Url"), kind, before)
    secret, made = _read_secret(body.get("Secret"), kind, before)
    row = {
        "PartitionKey": workspace_id,
        "RowKey": name,
        "Kind": kind,
        "Types": ",".join(_read_types(body.get("Types") or [])),
        "Enabled": read_flag(body.get("Enabled", True), "Enabled"),
        "Url": seal_for(storage.secret, url, workspace_id, "subscription", name, "Url"),
        "Secret": seal_for(storage.secret, secret, workspace_id, "subscription", name, "Secret"),
        "CreatedAt": before.created_at if before else now.isoformat(),
        # It is tried at once, since what was wrong may be mended.
        "NextAt": now.isoformat(),
        "Failures": 0,
        "LastAt": before.last_at if before else "",
        "LastError": before.last_error if before else "",
    }
    if before is not None or not insert_row(storage.table(TABLE), row):
        storage.table(TABLE).upsert_entity(row, mode=UpdateMode.REPLACE)
    return _from_row(storage, row), secret if made else None


def find_subscription(storage: Storage, workspace_id: str, name: str) -> Subscription | None:
    """Return a subscription, or None if there is none of that name."""
    row = find_row(storage.table(TABLE), workspace_id, name) if NAME.fullmatch(name) else None
    return _from_row(storage, row) if row else None


def get_subscription(storage: Storage, workspace_id: str, name: str) -> Subscription:
    """Return a subscription; NotFound if there is none of that name."""
    found = find_subscription(storage, workspace_id, name)
    if found is None:
        raise NotFound("SubscriptionNotFound", f"The workspace has no subscription '{name[:100]}'.")
    return found


def list_subscriptions(storage: Storage, workspace_id: str) -> list[Subscription]:
    """Return a workspace's subscriptions, by name."""
    return [_from_row(storage, row) for row in list_rows(storage.table(TABLE), workspace_id)]


def list_enabled(storage: Storage) -> Iterator[Subscription]:
    """Yield the subscriptions of all workspaces that are enabled."""
    for row in query_rows(storage.table(TABLE), "Enabled eq true"):
        yield _from_row(storage, row)


def note_turn(storage: Storage, subscription: Subscription, **columns: Any) -> bool:
    """Write how delivery goes, unless the subscription was replaced or deleted in the meantime; return whether it was.

    The columns are those of the table.
    """

    def unless_changed(row: Row) -> Row | None:
        return row | columns if row["NextAt"] == subscription.next_at else None

    written = change_row(storage.table(TABLE), subscription.workspace_id, subscription.name, unless_changed)
    return written is not None


def delete_subscription(storage: Storage, workspace_id: str, name: str) -> None:
    """Delete a subscription with what it has yet to be told; NotFound if there is none."""
    get_subscription(storage, workspace_id, name)
    delete_row(storage.table(TABLE), workspace_id, name)
    for row in list_deliveries(storage, workspace_id, name, select=["PartitionKey", "RowKey"]):
        delete_row(storage.table(DELIVERIES), workspace_id, row["RowKey"])


def list_deliveries(
    storage: Storage, workspace_id: str, name: str, more: str = "", select: list[str] | None = None
) -> Iterator[Row]:
    """Yield the rows of what a subscription has yet to be told, oldest first; `more` is an OData expression."""
    start = f"{name}{SEPARATOR}"
    mine = f"RowKey ge '{start}' and RowKey lt '{name}{BEHIND}'"
    return list_rows(storage.table(DELIVERIES), workspace_id, mine + (f" and {more}" if more else ""), select)


def subscription_object(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as the API shows it, without its secret and the query of its address."""
    path, mark, _ = subscription.url.partition("?")
    return {
        "Name": subscription.name,
        "Kind": subscription.kind,
        "Url": f"{path}?{HIDDEN}" if mark else path,
        "Types": list(subscription.types),
        "Enabled": subscription.enabled,
        "CreatedAt": classic_time(subscription.created_at),
        "NextAt": optional_classic_time(subscription.next_at if subscription.failures else ""),
        "Failures": subscription.failures,
        "LastDeliveredAt": optional_classic_time(subscription.last_at),
        "LastError": subscription.last_error or None,
    }


def check_destination(storage: Storage, url: str, kind: str) -> Address:
    """Return an address that events may be sent to.

    Raises
    ------
    BadArgument
        If it is malformed, or not encrypted.
    InvalidOperation
        If its host is not one of `PERENNIAL_EVENT_HOSTS`.
    """
    try:
        address = parse_address(url)
    except BadAddress as error:
        raise BadArgument("BadParameterValue", f"Url cannot be used: {error}.", "Url") from error
    # An operator who lists a number means a host of their own network, which need not have a certificate.
    if address.scheme != "https" and not is_number(address.host):
        raise BadArgument("BadParameterValue", "Url must start with https://.", "Url")
    if not is_allowed(address, storage.settings.event_hosts):
        raise InvalidOperation(
            "BadParameterValue",
            f"Events may not be sent to '{address.netloc}'. The operator of the app lists the hosts that may be told "
            "in the app setting PERENNIAL_EVENT_HOSTS.",
            "Url",
        )
    if kind == EVENT_GRID and not (is_allowed(address, TOPICS) or is_number(address.host)):
        text = f"Url must be a topic of Event Grid, https://….eventgrid.azure.net/api/events, got '{address.netloc}'."
        raise BadArgument("BadParameterValue", text, "Url")
    return address


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        text = f"A subscription's name must be up to 40 lower-case letters, digits and dashes, got {name[:100]!r}."
        raise BadArgument("BadParameterValue", text, "Name")


def _read_kind(value: Any) -> str:
    for kind in KINDS:
        if str(value).lower() == kind.lower():
            return kind
    raise invalid_value("Kind", " or ".join(KINDS), value)


def _read_types(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(item in TYPES for item in value):
        raise invalid_value("Types", f"a list with some of {', '.join(TYPES)}, or empty for all", value)
    return list(dict.fromkeys(value))


def _read_url(storage: Storage, value: Any, kind: str, before: Subscription | None) -> str:
    if not isinstance(value, str) or not value:
        raise invalid_value("Url", "the address that events are sent to", value)
    text = read_text(value, "Url")
    if before is not None and text == subscription_object(before)["Url"]:
        text = before.url
    address = check_destination(storage, text, kind)
    if address.target.endswith(f"?{HIDDEN}"):
        raise BadArgument("BadParameterValue", f"Url ends in ?{HIDDEN}: give the whole query of the address.", "Url")
    return address.url


def _read_secret(value: Any, kind: str, before: Subscription | None) -> tuple[str, bool]:
    """Return the secret that signs, and whether it was made here; Event Grid needs none."""
    if kind == EVENT_GRID:
        if value:
            text = "Secret must be left out for Event Grid, which knows the app by its managed identity."
            raise BadArgument("BadParameterValue", text, "Secret")
        return "", False
    if value in (None, "", HIDDEN):
        if before is not None and before.secret:
            return before.secret, False
        return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode(), True
    try:
        size = len(secret_bytes(str(value)))
    except (ValueError, binascii.Error):
        size = 0
    if size not in SECRET_BYTES:
        # The value is not shown: it may be a secret with a letter too few.
        text = f"Secret must be {PREFIX} and from 24 to 64 bytes in base64; leave it out to have one made."
        raise BadArgument("BadParameterValue", text, "Secret")
    return str(value), False


def secret_bytes(secret: str) -> bytes:
    """Return the key of a secret; ValueError if it is not `whsec_` and base64."""
    if not secret.startswith(PREFIX):
        raise ValueError("no secret of a webhook")
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _from_row(storage: Storage, row: Row) -> Subscription:
    workspace_id, name = row["PartitionKey"], row["RowKey"]

    def opened(column: str) -> str:
        return unseal_for(storage.secret, row[column], workspace_id, "subscription", name, column) or ""

    return Subscription(
        workspace_id=workspace_id,
        name=name,
        kind=row["Kind"],
        url=opened("Url"),
        types=tuple(filter(None, row["Types"].split(","))),
        secret=opened("Secret"),
        enabled=row["Enabled"],
        created_at=row["CreatedAt"],
        next_at=row["NextAt"],
        failures=row["Failures"],
        last_at=row["LastAt"],
        last_error=row["LastError"],
    )
