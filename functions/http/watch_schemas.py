"""JSON Schemas of datastores, events, subscriptions and the audit log, by name, beside those of schemas.py."""

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
from studio.datasets.datastore_kinds import AUTHENTICATIONS, PLACES
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
STORE_KIND: Schema = {"enum": list(AUTHENTICATIONS)}
AUTHENTICATION: Schema = {"enum": sorted({way for ways in AUTHENTICATIONS.values() for way in ways})}

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
    "Datastore": response(
        Name=TEXT,
        Kind=STORE_KIND,
        Authentication=AUTHENTICATION,
        **dict.fromkeys(PLACES, TEXT_OR_NULL),
        Description=TEXT,
        Secret={"enum": ["***", None], "description": "Whether it has one, which is never shown."},
        SecretIn={"enum": ["Storage", "KeyVault", None], "description": "Where it is kept."},
        CreatedAt=TIME,
        UpdatedAt=TIME,
    ),
    "DatastoreRequest": request(
        "Kind",
        Kind=STORE_KIND,
        Authentication={"enum": [*AUTHENTICATION["enum"], None], "description": "The first of the kind if omitted."},
        Account=TEXT_OR_NULL | {"description": "The name of an Azure Storage account, instead of its Url."},
        **dict.fromkeys(PLACES, TEXT_OR_NULL),
        Description=TEXT_OR_NULL,
        Secret=TEXT_OR_NULL | {"description": "`***` or nothing keeps the earlier one, for the same destination."},
    ),
    "DatasetReference": response(Name=TEXT, Datastore=TEXT, Path=TEXT),
    "VersionedReference": response(
        Name=TEXT, Datastore=TEXT, Path=TEXT, Version=TEXT | {"description": "Changes when the data does."}
    ),
    "DatasetReferenceRequest": request("Datastore", "Path", Datastore=TEXT, Path=TEXT, Options=ANY_OBJECT),
    "DatastoreTestRequest": request(Path=TEXT_OR_NULL | {"description": "What to look at; a query of a database."}),
    "DatastoreTest": response(Name=TEXT, Works=FLAG, Details=TEXT, Milliseconds=WHOLE),
    "DeliveryTried": response(
        Delivered=FLAG, Reason=TEXT_OR_NULL | {"description": "Why the receiver did not take it."}, Milliseconds=WHOLE
    ),
    "Redelivered": response(Events=WHOLE | {"description": "How many events are sent again."}),
}
