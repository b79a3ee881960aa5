"""Events of a workspace, and the subscriptions that are told of them."""

import functools
from itertools import islice

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import next_page, now, open_workspace, read_body, read_list_page
from studio.events.delivery import count_deliveries, dead_letters, redeliver
from studio.events.sending import Sender, event_object, source_of
from studio.events.subscriptions import (
    Subscription,
    delete_subscription,
    get_subscription,
    list_subscriptions,
    put_subscription,
    subscription_object,
)
from studio.events.trial import try_delivery
from studio.storage.event_log import EVENT, TYPES, list_recorded
from studio.storage.pages import check_place
from studio.wire import invalid_value, read_moment

blueprint = func.Blueprint()

SUBSCRIPTIONS = "workspaces/{workspace}/subscriptions"
SUBSCRIPTION = f"{SUBSCRIPTIONS}/{{subscriber}}"
SINCE = query("since", {"type": "string", "description": "A time in ISO 8601; earlier ones are left out."})
TYPE = query("type", {"enum": list(TYPES), "description": "Only events of this type."})


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/events",
    auth=Auth.WORKSPACE_TOKEN,
    response="Event[]",
    query=(SINCE, TYPE, *PAGE),
)
def show_events(req: func.HttpRequest) -> func.HttpResponse:
    """List the events of a workspace, newest first."""
    workspace, _ = open_workspace(req)
    storage, page, type_ = current_app().storage, read_list_page(req), req.params.get("type", "")
    if type_ and type_ not in TYPES:
        raise invalid_value("type", f"one of {', '.join(TYPES)}", type_[:100])
    given = req.params.get("since", "")
    since = read_moment(given, "since").isoformat() if given else ""
    after = f"{EVENT}{check_place(page)}" if page.after else ""
    found = list(islice(list_recorded(storage, workspace.id, since=since, type_=type_, after=after), page.limit + 1))
    shown, source = found[: page.limit], source_of(storage.settings, workspace.id)
    more = shown[-1].place.removeprefix(EVENT) if len(found) > page.limit else None
    return json_reply([event_object(item, source) for item in shown], next_page=next_page(req, more))


@operation(blueprint, "GET", SUBSCRIPTIONS, auth=Auth.WORKSPACE_TOKEN, response="Subscription[]")
def show_subscriptions(req: func.HttpRequest) -> func.HttpResponse:
    """List the subscriptions of a workspace, by name."""
    workspace, _ = open_workspace(req)
    return json_reply([_shown(item) for item in list_subscriptions(current_app().storage, workspace.id)])


@operation(blueprint, "GET", SUBSCRIPTION, auth=Auth.WORKSPACE_TOKEN, response="Subscription")
def show_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Get a subscription, with how delivery goes."""
    workspace, _ = open_workspace(req)
    return json_reply(_shown(get_subscription(current_app().storage, workspace.id, req.route_params["subscriber"])))


@operation(
    blueprint,
    "PUT",
    SUBSCRIPTION,
    auth=Auth.WORKSPACE_TOKEN,
    response="NewSubscription",
    body="SubscriptionRequest",
)
def set_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Subscribe to events, replacing a subscription of that name."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.route_params["subscriber"]
    stored, made = put_subscription(storage, workspace.id, name, read_body(req), now=now())
    return json_reply(_shown(stored) | {"Secret": made})


@operation(blueprint, "DELETE", SUBSCRIPTION, auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a subscription, with what it has yet to be told."""
    workspace, _ = open_workspace(req)
    delete_subscription(current_app().storage, workspace.id, req.route_params["subscriber"])
    return empty_reply()


@operation(blueprint, "GET", f"{SUBSCRIPTION}/deadletters", auth=Auth.WORKSPACE_TOKEN, response="DeadLetter[]")
def show_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """List the events that a subscription's receiver never took, oldest first."""
    workspace, _ = open_workspace(req)
    limit = read_list_page(req).limit
    return json_reply(dead_letters(current_app().storage, workspace.id, req.route_params["subscriber"], limit))


@operation(blueprint, "POST", f"{SUBSCRIPTION}/redeliver", auth=Auth.WORKSPACE_TOKEN, response="Redelivered")
def deliver_again(req: func.HttpRequest) -> func.HttpResponse:
    """Send a subscription's dead letters again."""
    workspace, _ = open_workspace(req)
    return json_reply(
        {"Events": redeliver(current_app().storage, workspace.id, req.route_params["subscriber"], now=now())}
    )


@operation(blueprint, "POST", f"{SUBSCRIPTION}/test", auth=Auth.WORKSPACE_TOKEN, response="DeliveryTried", outside=True)
def try_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Send a subscription's receiver an event that tells nothing, and say whether it took it."""
    workspace, by = open_workspace(req)
    subscription = get_subscription(current_app().storage, workspace.id, req.route_params["subscriber"])
    return json_reply(try_delivery(event_sender(), subscription, by=by, now=now()))


@functools.cache
def event_sender() -> Sender:
    """Return what sends events, of which a process has one."""
    return Sender(current_app().storage.settings)


def _shown(subscription: Subscription) -> dict[str, object]:
    return subscription_object(subscription) | count_deliveries(current_app().storage, subscription)
