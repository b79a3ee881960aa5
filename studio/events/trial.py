"""A trial: an event that tells nothing, sent to one subscription at once, so that its owner sees whether it arrives."""

import time
from datetime import datetime
from typing import Any

from studio.events.sending import Sender
from studio.events.subscriptions import Subscription
from studio.storage.event_log import Recorded
from studio.storage.keys import new_id

# Not among the types that are recorded and can be subscribed to: nobody else is told of it.
TRIAL = "perennial.subscription.tested"


def try_delivery(sender: Sender, subscription: Subscription, *, by: str, now: datetime) -> dict[str, Any]:
    """Send a subscription's receiver an event of its own, signed like all others; return whether it took it.

    Nothing is recorded, repeated or counted, and a subscription that is switched off is tried, too.
    """
    subject = f"subscriptions/{subscription.name}"
    event = Recorded(new_id(), TRIAL, subject, now.isoformat(), {"subscription": subscription.name, "by": by}, "")
    started = time.monotonic()
    answer = sender.send(subscription, event, now=now)
    elapsed = round((time.monotonic() - started) * 1000)
    return {"Delivered": answer.delivered, "Reason": answer.reason or None, "Milliseconds": elapsed}
