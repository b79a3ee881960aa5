"""The audit log of a workspace: who did what, in pages or as a file."""

import csv
import io

import azure.functions as func
import orjson

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, operation, query
from functions.http.replies import csv_reply, json_reply
from functions.http.requests import next_page, open_audit, read_list_page
from studio.storage.audit_log import act_object, find_acts, list_acts
from studio.storage.pages import check_place
from studio.wire import invalid_value, read_moment

blueprint = func.Blueprint()

SINCE = query("since", {"type": "string", "description": "A time in ISO 8601; earlier acts are left out."})
UNTIL = query("until", {"type": "string", "description": "A time in ISO 8601; later acts are left out."})
MAX_QUERY = 200
TEXT = {"type": "string", "description": "Only acts with this text in who, from where, what or the path, in any case."}
FORMAT = query("format", {"enum": ["json", "csv", "jsonl"], "description": "A list in JSON, CSV, or an object a line."})
COLUMNS = ("At", "By", "Name", "From", "Action", "Method", "Path", "Status", "RequestId")
# A spreadsheet would compute a cell that begins so.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
MEDIA = "application/x-ndjson"


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/audit",
    auth=Auth.TOKEN_OR_ADMINISTRATOR,
    response="Act[]",
    query=(SINCE, UNTIL, query("q", TEXT), FORMAT, *PAGE),
)
def show_audit(req: func.HttpRequest) -> func.HttpResponse:
    """List who did what in a workspace, newest first."""
    workspace, page, form = open_audit(req), read_list_page(req), req.params.get("format", "json").lower()
    since, until = (_moment(req, name) for name in ("since", "until"))
    if form not in ("json", "csv", "jsonl"):
        raise invalid_value("format", "json, csv or jsonl", form[:40])
    acts = list_acts(current_app().storage, workspace, since=since, until=until, after=check_place(page))
    rows, more = find_acts(acts, req.params.get("q", "")[:MAX_QUERY], page.limit)
    return _reply([act_object(row) for row in rows], form, next_page(req, more))


def _reply(shown: list[dict[str, object]], form: str, link: str | None) -> func.HttpResponse:
    if form == "json":
        return json_reply(shown, next_page=link)
    reply = csv_reply(_csv(shown) if form == "csv" else b"".join(orjson.dumps(item) + b"\n" for item in shown))
    if form == "jsonl":
        reply.headers["content-type"] = MEDIA
    if link is not None:
        reply.headers["link"] = f'<{link}>; rel="next"'
    return reply


def _moment(req: func.HttpRequest, name: str) -> str:
    text = req.params.get(name, "")
    return read_moment(text, name).isoformat() if text else ""


def _csv(shown: list[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(item[name]) for name in COLUMNS] for item in shown)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text
