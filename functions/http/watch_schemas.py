"""JSON Schemas of events, subscriptions and the audit log, by name, beside those of schemas.py."""

from typing import Any

from functions.http.schemas import (
    ANY_OBJECT,
    FLAG,
    FLAG_OR_TEXT,
    NAMES,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    WHOLE,
    Schema,
    request,
    response,
)
from studio.events.subscriptions import KINDS
from studio.storage.event_log import TYPES

KIND: Schema = {"enum": list(KINDS)}
SUBSCRIPTION: dict[str, Schema] = {
    "Name": TEXT,
    "Kind": KIND,
    "Url": TEXT | {"description": "Without its query, of which only `***` is shown."},
    "Types": NAMES,
    "Enabled": FLAG,
    "CreatedAt": TIME,
    "NextAt": TIME_OR_NULL | {"description": "When a receiver that failed is tried again."},
    "Failures": WHOLE | {"description": "How many turns in a row have failed."},
    "LastDeliveredAt": TIME_OR_NULL,
    "LastError": TEXT_OR_NULL,
    "Waiting": WHOLE | {"description": "Events that wait for the receiver."},
    "DeadLetters": WHOLE | {"description": "Events that the receiver never took."},
}

WATCH_SCHEMAS: dict[str, Any] = {
    "Event": response(
        specversion={"const": "1.0"},
        id=TEXT,
        source=TEXT,
        type={"enum": list(TYPES)},
        subject=TEXT,
        time=TIME,
        datacontenttype={"const": "application/json"},
        data=ANY_OBJECT,
    ),
    "Subscription": response(**SUBSCRIPTION),
    "NewSubscription": response(
        **SUBSCRIPTION, Secret=TEXT_OR_NULL | {"description": "Shown once, if it was made by the app."}
    ),
    "SubscriptionRequest": request(
        "Url",
        Url=TEXT,
        Types={"type": ["array", "null"], "items": {"enum": list(TYPES)}, "description": "All if omitted or empty."},
        Secret=TEXT_OR_NULL | {"description": "`whsec_` and 24 to 64 bytes in base64; one is made if omitted."},
        Kind=KIND,
        Enabled=FLAG_OR_TEXT,
    ),
    "DeadLetter": response(
        Id=TEXT, Type=TEXT_OR_NULL, Subject=TEXT_OR_NULL, Time=TIME_OR_NULL, Attempts=WHOLE, LastError=TEXT
    ),
    "Act": response(
        At=TIME,
        By=TEXT
        | {"description": "The kind of credential and its slot; for what the app does by itself, what made it."},
        Name=TEXT_OR_NULL,
        From=TEXT_OR_NULL | {"description": "The IP address, where the platform tells it."},
        Action=TEXT,
        Method=TEXT,
        Path=TEXT,
        Status={"type": ["integer", "null"], "description": "Null if the app died before the end."},
        RequestId=TEXT_OR_NULL,
    ),
    "Redelivered": response(Events=WHOLE | {"description": "How many events are sent again."}),
}
