"""HTTP operations: a decorator that registers a route, replies to errors and describes it in /openapi.json."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import azure.functions as func

from functions.http.audit import audited
from functions.http.conditional import conditional
from functions.http.openapi_document import Audit, Auth, Operation
from functions.http.outside import run_outside
from functions.http.replies import AsyncHandler, Handler, replies
from functions.http.schemas import JOB_STATES

OPERATIONS: list[Operation] = []

Query = tuple[str, dict[str, Any]]


def query(name: str, schema: dict[str, Any]) -> Query:
    """Return a query parameter's name and schema, for an operation."""
    return name, schema


# Query parameters of several operations.
API_VERSION = query("api-version", {"enum": ["2.0"], "description": "A job created without it starts by itself."})
DETAILS = query(
    "details",
    {"type": "string", "description": "Accepted and ignored: the response always has column names and types."},
)
AFTER = query("after", {"type": "string", "description": "The id of the last endpoint on the previous page."})
LIMIT = query(
    "limit", {"type": "string", "description": "The maximum number of endpoints to return, 1 to 1000; all if omitted."}
)
# The parameters of lists whose pages the header Link names.
PAGE = (
    query("limit", {"type": "string", "description": "The maximum number of items to return, 1 to 1000."}),
    query("after", {"type": "string", "description": "Where the page starts, as the page before has it in `Link`."}),
)
# The parameters that say which rows of a table are wanted, and of pages of them.
CHOICE = (
    query("sort", {"type": "string", "description": "The column to sort by; with `-` before it, largest first."}),
    query(
        "where",
        {
            "type": "string",
            "description": "JSON with up to 8 conditions that all hold: "
            '`[{"column": "age", "is": ">=", "value": "30"}]`. '
            "`is` is `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `missing` or `present`.",
        },
    ),
)
WINDOW = (
    query("offset", {"type": "string", "description": "How many rows to leave out, 0 if omitted."}),
    query(
        "limit", {"type": "string", "description": "The maximum number of rows to return, 1 to 1000; 100 if omitted."}
    ),
    *CHOICE,
)
TABLE_FORMAT = query("format", {"enum": ["csv", "parquet", "arrow"], "description": "CSV if omitted."})
SEARCH = query("q", {"type": "string", "description": "Only those whose name contains this text, in any case."})
FORMAT = query("format", {"type": "string", "description": "`swagger` returns rows as objects instead of a table."})
EXPLAIN = query(
    "explain",
    {
        "enum": ["true", "false"],
        "description": "`true` adds a column `Contribution: …` for each input column, and their base, error and sum.",
    },
)
KIND = query("kind", {"enum": ["predictive", "training"]})
SLOT = query("slot", {"enum": ["primary", "secondary"]})
STATE = query("state", {"enum": JOB_STATES, "description": "Only those with this status."})
UPDATE_EXISTING = query("updateExistingWebService", {"enum": ["true", "false"]})


def audit_of(method: str, auth: Auth, given: Audit | None) -> Audit:
    """Return what of an operation's calls is noted in the audit log: if not declared, all that may change something."""
    return given or (Audit.NOTHING if method in ("GET", "HEAD") or auth is Auth.NOTHING else Audit.CALLS)


def operation[F: Handler | AsyncHandler](
    blueprint: func.Blueprint,
    method: str,
    route: str,
    *,
    auth: Auth,
    response: str | None = None,
    outside: bool = False,
    audit: Audit | None = None,
    **more: Any,
) -> Callable[[F], Any]:
    """Register the decorated handler at a route, with the first line of its docstring as the operation's summary.

    Parameters
    ----------
    outside
        Whether the handler, a synchronous one, may wait for hosts that clients name: it runs in threads for that.
    audit
        What is noted in the audit log; by default every call but those with the method GET.
    more
        Further fields of Operation: status, body, query, errors, media.
    """

    def register(handler: F) -> Any:
        summary = (handler.__doc__ or "").partition("\n")[0]
        file = handler.__module__.rpartition(".")[2]
        OPERATIONS.append(
            Operation(handler.__name__, method, route, summary, auth, response, file=file, audit=audit, **more)
        )
        if asyncio.iscoroutinefunction(handler):
            return blueprint.route(route, methods=[method])(replies(handler))
        noted = cast(Handler, handler)
        if audit_of(method, auth, audit) is not Audit.NOTHING:
            noted = audited(noted, handler.__name__, hourly=audit is Audit.HOURLY)
        replying = replies(conditional(noted) if method == "GET" else noted)
        return blueprint.route(route, methods=[method])(replies(run_outside(replying)) if outside else replying)

    return register
