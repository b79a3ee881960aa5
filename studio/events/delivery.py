"""Delivery: the timer hands new events to the subscriptions that want them, and sends what is due.

Table `deliveries`: partition key is the workspace id, row key `{subscription}~{microseconds}-{event id}`, so that a
subscription is told in order; Event (the key of the event's row), At (when it was handed over), NextAt, Attempts, State
(`Waiting`, or `Dead` for a dead letter), LastError. A row goes when its event is delivered.

A process that dies sends again what it may have sent: receivers tell repeats by the event's id. A subscription whose
receiver does not take events is tried ever more rarely, and takes its turn after those whose receivers do.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice
from random import Random
from typing import Any

from azure.core.exceptions import AzureError

from studio.events.sending import Answer, Sender
from studio.events.subscriptions import (
    DELIVERIES,
    SEPARATOR,
    Subscription,
    get_subscription,
    list_deliveries,
    list_enabled,
    note_turn,
)
from studio.storage.account import Storage
from studio.storage.event_log import PENDING, TABLE, Recorded, event_place, recorded_event
from studio.storage.rows import Row, change_row, delete_row, find_row, insert_row, list_rows
from studio.wire import classic_time

WAITING, DEAD = "Waiting", "Dead"
# After the first failure, the second, and so on; the last one for all further ones.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
GIVE_UP_AFTER = timedelta(hours=24)
# The most of a tick: events that are handed over in a workspace, events of a subscription, and of those in failure.
MOST_NEW, MOST_SENT, MOST_FAILURES = 500, 100, 2
THREADS = 16
# For how long turns begin, and how long one of them sends. A claim lasts longer than a turn.
TELL_SECONDS, TURN_SECONDS, CLAIM = 15.0, 5.0, timedelta(minutes=1)
logger = logging.getLogger(__name__)


def tell_due(storage: Storage, sender: Sender, *, now: datetime, seconds: float = TELL_SECONDS) -> int:
    """Hand over new events and send what is due, for at most `seconds` and one turn; return how many were delivered."""
    enabled = sorted(list_enabled(storage), key=lambda item: (item.workspace_id, item.name))
    for workspace_id, found in groupby(enabled, key=lambda item: item.workspace_id):
        _logged(workspace_id, partial(hand_over, storage, workspace_id, list(found), now=now))
    due = [item for item in enabled if item.next_at <= now.isoformat()]
    ends = time.monotonic() + seconds

    def turn(subscription: Subscription) -> int:
        if time.monotonic() > ends:
            return 0
        return _logged(subscription.workspace_id, lambda: _take_turn(storage, sender, subscription, now)) or 0

    with ThreadPoolExecutor(THREADS, "events") as pool:
        return sum(pool.map(turn, _in_turns(due, Random(now.isoformat()))))  # noqa: S311 - an order, no secret


def hand_over(storage: Storage, workspace_id: str, subscriptions: Sequence[Subscription], *, now: datetime) -> None:
    """Make what is pending in a workspace due for each subscription that wants it; may be repeated.

    Events from before a subscription was made are not for it.
    """
    events = storage.table(TABLE)
    pending = list_rows(
        events, workspace_id, f"RowKey ge '{PENDING}' and RowKey lt 'p.'", ["PartitionKey", "RowKey", "At"]
    )
    for waiting in islice(pending, MOST_NEW):
        place = event_place(waiting["RowKey"])
        row = find_row(events, workspace_id, place)
        for item in subscriptions if row is not None else ():
            if row is not None and item.wants(row["Type"]) and row["At"] >= item.created_at:
                insert_row(storage.table(DELIVERIES), _new_delivery(item, waiting["RowKey"], place, now))
        delete_row(events, workspace_id, waiting["RowKey"])


def redeliver(storage: Storage, workspace_id: str, name: str, *, now: datetime) -> int:
    """Make the dead letters of a subscription due again, as if they were new, and return how many there were."""
    subscription, count, at = get_subscription(storage, workspace_id, name), 0, now.isoformat()
    fresh: Row = {"State": WAITING, "Attempts": 0, "At": at, "NextAt": at}
    for row in list_deliveries(storage, workspace_id, name, f"State eq '{DEAD}'"):
        change_row(storage.table(DELIVERIES), workspace_id, row["RowKey"], lambda found: found | fresh, row)
        count += 1
    note_turn(storage, subscription, NextAt=at, Failures=0)
    return count


def count_deliveries(storage: Storage, subscription: Subscription) -> dict[str, int]:
    """Return how many events wait for a subscription's receiver, and how many are dead letters."""
    counts = {WAITING: 0, DEAD: 0}
    for row in list_deliveries(storage, subscription.workspace_id, subscription.name, select=["State"]):
        counts[row["State"]] += 1
    return {"Waiting": counts[WAITING], "DeadLetters": counts[DEAD]}


def dead_letters(storage: Storage, workspace_id: str, name: str, most: int) -> list[dict[str, Any]]:
    """Return what a subscription's receiver never took, oldest first, as the API shows it."""
    get_subscription(storage, workspace_id, name)
    shown = []
    for row in islice(list_deliveries(storage, workspace_id, name, f"State eq '{DEAD}'"), most):
        event = _event(storage, row)
        shown.append(
            {
                "Id": row["Event"][-32:],
                "Type": event.type if event else None,
                "Subject": event.subject if event else None,
                "Time": classic_time(event.at) if event else None,
                "Attempts": row["Attempts"],
                "LastError": row["LastError"],
            }
        )
    return shown


def _new_delivery(subscription: Subscription, pending: str, place: str, now: datetime) -> Row:
    return {
        "PartitionKey": subscription.workspace_id,
        "RowKey": f"{subscription.name}{SEPARATOR}{pending.removeprefix(PENDING)}",
        "Event": place,
        "At": now.isoformat(),
        "NextAt": now.isoformat(),
        "Attempts": 0,
        "State": WAITING,
        "LastError": "",
    }


def _in_turns(due: Iterable[Subscription], random: Random) -> list[Subscription]:
    """Return subscriptions in the order of their turns: those that fail last, then one of each workspace at a time."""
    seen: dict[str, int] = {}
    ranked = []
    for item in sorted(due, key=lambda item: item.failures):
        rank = seen[item.workspace_id] = seen.get(item.workspace_id, 0) + 1
        ranked.append(((item.failures > 0, rank, random.random()), item))
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]


def _take_turn(storage: Storage, sender: Sender, subscription: Subscription, now: datetime) -> int:
    """Send a subscription what is due, in order, and return how many events were delivered."""
    workspace_id, name = subscription.workspace_id, subscription.name
    rows = islice(
        list_deliveries(storage, workspace_id, name, f"State eq '{WAITING}' and NextAt le '{now.isoformat()}'"),
        MOST_SENT,
    )
    first = next(rows, None)
    # Two ticks at a time, or a process that died in its turn: who claims it sends.
    claimed = replace(subscription, next_at=(now + CLAIM).isoformat())
    if first is None or not note_turn(storage, subscription, NextAt=claimed.next_at):
        return 0
    started, delivered, failed, answer = time.monotonic(), 0, 0, Answer(True)
    for row in (first, *rows):
        event = _event(storage, row)
        answer = sender.send(subscription, event, now=storage.clock()) if event else Answer(True)
        if answer.delivered:
            delete_row(storage.table(DELIVERIES), workspace_id, row["RowKey"])
            delivered, failed = delivered + 1, 0
        else:
            _note_failure(storage, row, answer, now)
            failed += 1
        if failed >= MOST_FAILURES or answer.gone or answer.wait or time.monotonic() - started > TURN_SECONDS:
            break
    note_turn(storage, claimed, **_outcome(subscription, answer, delivered, now))
    return delivered


def _outcome(subscription: Subscription, last: Answer, delivered: int, now: datetime) -> Row:
    """Return the columns of a subscription after its turn."""
    columns: Row = {"NextAt": now.isoformat(), "Failures": 0}
    if delivered:
        columns["LastAt"] = now.isoformat()
    if last.delivered:
        return columns | {"LastError": ""}
    failures = subscription.failures + 1 if not delivered else 1
    pause = max(BACKOFF[min(failures, len(BACKOFF)) - 1], timedelta(seconds=last.wait))
    columns |= {"Failures": failures, "NextAt": (now + pause).isoformat(), "LastError": last.reason}
    return columns | ({"Enabled": False} if last.gone else {})


def _note_failure(storage: Storage, row: Row, answer: Answer, now: datetime) -> None:
    def failed(found: Row) -> Row:
        attempts = found["Attempts"] + 1
        pause = max(BACKOFF[min(attempts, len(BACKOFF)) - 1], timedelta(seconds=answer.wait))
        dead = answer.gone or now - datetime.fromisoformat(found["At"]) >= GIVE_UP_AFTER
        next_at = (now + pause).isoformat()
        changes = {"Attempts": attempts, "NextAt": next_at, "State": DEAD if dead else WAITING}
        return found | changes | {"LastError": answer.reason}

    change_row(storage.table(DELIVERIES), row["PartitionKey"], row["RowKey"], failed, row)


def _event(storage: Storage, delivery: Row) -> Recorded | None:
    """Return the event of a delivery; None if it is so old that it was deleted."""
    row = find_row(storage.table(TABLE), delivery["PartitionKey"], delivery["Event"])
    return recorded_event(row) if row is not None else None


def _logged[T](workspace_id: str, act: Callable[[], T]) -> T | None:
    """Return what an action returns; what goes wrong for one workspace keeps the others from nothing."""
    try:
        return act()
    except AzureError as error:
        logger.warning("Events of workspace %s wait: storage failed (%s).", workspace_id, type(error).__name__)
    except Exception:
        logger.exception("Events of workspace %s wait.", workspace_id)
    return None
