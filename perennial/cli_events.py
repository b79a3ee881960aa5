"""`perennial events` and `perennial audit`: what happened in a workspace, who is told of it, and who did what."""

import csv
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.client import Admin, Workspace
from perennial.errors import USAGE, PerennialError
from perennial.output import Output, chosen, console, is_text
from perennial.records import Records
from perennial.screen import Columns, report, say, short_time, show_json, show_records

app = CommandLine(help="List and follow what happens in a workspace, and say who is told of it.")

Subscriber = Annotated[str, typer.Argument(help="Name of the subscription.")]
Since = Annotated[str | None, typer.Option(help="Time in ISO 8601; earlier ones are left out.")]
Kind = Annotated[str | None, typer.Option("--type", help="Only events of this type, such as perennial.job.failed.")]
Limit = Annotated[int, typer.Option(min=1, help="How many to list.")]
# So late an event may be recorded and still be followed.
LATE = timedelta(minutes=10)
# Properties of an event that differ from one to the next, in the order in which CSV has them.
NAMES = ("time", "type", "subject", "data", "id")


@app.command("list")
def list_events(context: typer.Context, since: Since = None, kind: Kind = None, limit: Limit = 20) -> None:
    """List what happened in the workspace, newest first."""
    columns: Columns = {
        "Time": lambda item: short_time(item["time"]),
        "Event": "type",
        "Of": "subject",
        "Data": lambda item: _brief(item["data"]),
    }
    show_records(connect(context).list_events(since, kind=kind, limit=limit), columns)


@app.command("tail")
def tail(
    context: typer.Context,
    kind: Kind = None,
    last: Annotated[int, typer.Option(min=0, max=1000, help="How many earlier events to begin with.")] = 10,
    seconds: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2,
    stop_after: Annotated[int | None, typer.Option(min=1, help="End after so many looks; never by default.")] = None,
) -> None:
    """Print events as they happen, oldest first, one a line, until Ctrl-C. With --json, an object a line.

    What is recorded more than ten minutes after it happened is only in the list.
    """
    looks = count(1)

    def pause() -> bool:
        if next(looks) == stop_after:
            return False
        time.sleep(seconds)
        return True

    for event in _follow(connect(context), kind, last, pause):
        _print_line(event)


@app.command("subscribe")
def subscribe(
    context: typer.Context,
    name: Subscriber,
    url: Annotated[str, typer.Argument(help="Address that events are sent to; the operator lists its host.")],
    kind: Annotated[
        list[str] | None, typer.Option("--type", help="Type of events to send; can be repeated. All by default.")
    ] = None,
    event_grid: Annotated[bool, typer.Option("--event-grid", help="The address is a topic of Event Grid.")] = False,
    secret: Annotated[
        str | None, typer.Option(envvar="PERENNIAL_EVENT_SECRET", help="What signs; made and shown once by default.")
    ] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Keep the subscription, and send nothing.")] = False,
) -> None:
    """Have events sent to an address, replacing a subscription of that name."""
    grid = "EventGrid" if event_grid else "Webhook"
    shown = connect(context).put_subscription(name, url, kind or (), kind=grid, secret=secret, enabled=not disabled)
    what = ", ".join(shown["Types"]) or "everything"
    report(shown, f"{name}: {shown['Url']} is told of {what}." if shown["Enabled"] else f"{name}: nothing is sent.")
    if shown["Secret"] and is_text():
        say(f"Secret, shown this once: {shown['Secret']}")


@app.command("unsubscribe")
def unsubscribe(context: typer.Context, name: Subscriber) -> None:
    """Delete a subscription, with what it has yet to be told."""
    connect(context).delete_subscription(name)
    report({"Name": name, "Deleted": True}, f"{name}: subscription deleted.")


@app.command("subscriptions")
def list_subscriptions(context: typer.Context) -> None:
    """List who is told of events, and how delivery goes."""
    columns: Columns = {
        "Name": "Name",
        "Address": "Url",
        "Events": lambda item: "\n".join(item["Types"]) or "all",
        "Sends": lambda item: "yes" if item["Enabled"] else "no",
        "Delivered": lambda item: short_time(item["LastDeliveredAt"]),
        "Waiting": "Waiting",
        "Dead": "DeadLetters",
        "Error": "LastError",
    }
    show_records(connect(context).list_subscriptions(), columns)


@app.command("subscription")
def show_subscription(context: typer.Context, name: Subscriber) -> None:
    """Show a subscription, with how delivery goes."""
    show_json(connect(context).get_subscription(name))


@app.command("test")
def try_subscription(context: typer.Context, name: Subscriber) -> None:
    """Send a subscription's receiver an event that tells nothing. Exits with 1 if it does not take it."""
    tried = connect(context).test_subscription(name)
    said = "took it" if tried["Delivered"] else f"did NOT take it: {tried['Reason']}"
    report(tried, f"{name}: the receiver {said} ({tried['Milliseconds']} ms).")
    if not tried["Delivered"]:
        raise typer.Exit(1)


@app.command("dead-letters")
def dead_letters(context: typer.Context, name: Subscriber, limit: Limit = 100) -> None:
    """List the events that a subscription's receiver never took, oldest first."""
    columns: Columns = {
        "Time": lambda item: short_time(item["Time"]),
        "Event": "Type",
        "Of": "Subject",
        "Attempts": "Attempts",
        "Error": "LastError",
    }
    show_records(connect(context).list_dead_letters(name, min(limit, 1000)), columns)


@app.command("redeliver")
def redeliver(context: typer.Context, name: Subscriber) -> None:
    """Send a subscription's dead letters again."""
    number = connect(context).redeliver(name)
    report({"Name": name, "Events": number}, f"{name}: {number} events are sent again.")


def audit(
    context: typer.Context,
    since: Since = None,
    until: Annotated[str | None, typer.Option(help="Time in ISO 8601; later ones are left out.")] = None,
    limit: Limit = 50,
    everything: Annotated[bool, typer.Option("--all", help="List all that is kept, however much.")] = False,
    admin_token: Annotated[
        str | None, typer.Option(help="Administrator token, which opens the log of a deleted workspace, too.")
    ] = None,
) -> None:
    """Show who did what in the workspace, newest first. --csv and --json print all columns."""
    most = None if everything else limit
    columns: Columns = {
        "Time": lambda item: short_time(item["At"]),
        "By": lambda item: f"{item['By']}, {item['Name']}" if item["Name"] else item["By"],
        "From": "From",
        "Action": "Action",
        "Path": "Path",
        "Status": "Status",
    }
    show_records(_acts(context, admin_token, since, until, most), columns)


def _acts(
    context: typer.Context, admin_token: str | None, since: str | None, until: str | None, most: int | None
) -> Records:
    if not admin_token:
        return connect(context).list_acts(since, until, limit=most)
    if not context.obj.workspace:
        raise PerennialError(0, USAGE, "--admin-token needs --workspace, or PERENNIAL_WORKSPACE.")
    admin = context.with_resource(Admin(context.obj.url, admin_token))
    return admin.list_acts(context.obj.workspace, since, until, limit=most)


def _follow(workspace: Workspace, kind: str | None, last: int, pause: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Yield the latest events and then those that come, oldest first, until `pause` returns False."""
    first: list[dict[str, Any]] = workspace.list_events(kind=kind, limit=max(last, 1))
    seen = {event["id"] for event in first}
    start = _start(first, None)
    found: list[dict[str, Any]] = workspace.list_events(start, kind=kind)
    # Those older than the first ones were asked for by nobody.
    new = list(takewhile(lambda event: event["id"] not in seen, found))
    yield from reversed(new + first[:last])
    while pause():
        seen = {event["id"] for event in found}
        start = _start(found, start)
        found = workspace.list_events(start, kind=kind)
        yield from (event for event in reversed(found) if event["id"] not in seen)


def _start(found: list[dict[str, Any]], before: datetime | None) -> datetime | None:
    """Return from when on to look for events: a while before the newest, since some are recorded late."""
    return datetime.fromisoformat(found[0]["time"].replace("Z", "+00:00")) - LATE if found else before


def _print_line(event: dict[str, Any]) -> None:
    if is_text():
        say(f"{event['time'][:19].replace('T', ' ')}  {event['type']}  {event['subject']}  {_brief(event['data'])}")
    elif chosen.get() is Output.CSV:
        cells = [json.dumps(event[name], ensure_ascii=False) if name == "data" else event[name] for name in NAMES]
        csv.writer(console.file, lineterminator="\n").writerow(cells)
    else:
        console.file.write(json.dumps(event, ensure_ascii=False) + "\n")
    console.file.flush()


def _brief(data: dict[str, Any]) -> str:
    """Return the data of an event on one line."""
    return ", ".join(f"{name}: {_text(value)}" for name, value in data.items() if value not in (None, "", [], {}))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
