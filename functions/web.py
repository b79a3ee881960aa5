"""The Studio in the browser: its built files; no key is needed, since they hold nothing of any workspace."""

from pathlib import Path

import azure.functions as func

from functions.http.openapi_document import HTML, Auth
from functions.http.operations import operation
from functions.http.replies import Reply
from functions.http.web_files import NOT_BUILT, SAFETY, TYPES, Answer, answer_with, find_file
from studio.errors import NotFound

blueprint = func.Blueprint()

DIST = Path(__file__).parents[1] / "web" / "dist"


def _answer(req: func.HttpRequest) -> Answer:
    path = req.route_params.get("path") or ""
    file = find_file(DIST, path)
    if file is not None:
        return answer_with(file, req.headers)
    if find_file(DIST, "") is None:
        return Answer(503, NOT_BUILT, SAFETY | {"content-type": TYPES[".html"], "cache-control": "no-store"})
    raise NotFound("AddressNotFound", "The Studio has no such file; reload the page to get those of this version.")


@operation(blueprint, "GET", "studio/{*path}", auth=Auth.NOTHING, media=HTML)
async def show_studio(req: func.HttpRequest) -> func.HttpResponse:
    """Get a file of the Studio in the browser, or its page."""
    found = _answer(req)
    return Reply(found.body, found.status, found.headers)


@operation(blueprint, "HEAD", "studio/{*path}", auth=Auth.NOTHING, media=HTML)
async def show_studio_headers(req: func.HttpRequest) -> func.HttpResponse:
    """Get the headers of a file of the Studio."""
    found = _answer(req)
    return Reply(b"", found.status, found.headers)
