"""Subscriptions in the file of a moved workspace: without what signs and without the queries of addresses.

The app shows neither. A subscription whose address has a query is therefore left out by an import, and one that signs
sends nothing until it is given its secret: what a receiver cannot check would only become dead letters.
"""

from typing import Any

from perennial.client import Workspace
from perennial.errors import PerennialError

KEPT = ("Name", "Kind", "Url", "Types", "Enabled")
# What the app shows instead of the query of an address.
HIDDEN_QUERY = "?***"
EVENT_GRID = "EventGrid"


def read_subscriptions(workspace: Workspace) -> list[dict[str, Any]]:
    """Return who is told of a workspace's events, as the file has it; nobody if the app has no subscriptions yet."""
    try:
        shown = workspace.list_subscriptions()
    except PerennialError as error:
        if error.status != 404:
            raise
        return []
    return [{name: item[name] for name in KEPT} for item in shown]


def has_whole_address(item: dict[str, Any]) -> bool:
    """Return whether a subscription of the file has all of its address."""
    return not str(item["Url"]).endswith(HIDDEN_QUERY)


def put_subscription(workspace: Workspace, item: dict[str, Any]) -> None:
    """Subscribe as the file says; events are sent at once only if that needs no secret."""
    enabled = item["Enabled"] is True and item["Kind"] == EVENT_GRID
    types = [str(type_) for type_ in item["Types"]]
    workspace.put_subscription(str(item["Name"]), str(item["Url"]), types, kind=str(item["Kind"]), enabled=enabled)


def lacks_text(item: dict[str, Any]) -> str | None:
    """Return what a subscription needs after it was imported, in words; None if nothing."""
    if item["Kind"] == EVENT_GRID:
        return None
    text = f"The subscription '{item['Name']}' sends nothing yet, since its secret is not in the file."
    return f"{text} 'perennial events subscribe {item['Name']} {item['Url']} --secret …' starts it."
