"""Help pages of an endpoint, in plain HTML: how to score, run batch jobs and update it.

Jinja escapes all user input, such as names, descriptions and columns.

References
----------
Section 6.4 of the original's wire contract. The R client takes the characters from the byte position of
`code-snippet-r` to the end of the page, without its tags: so pages are ASCII, and that sample comes last, as plain
text, after a line feed (which HTML ignores there) in the place of the end of the tag.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.classic.swagger import TYPES, example_request, example_response, shown_parameters
from studio.errors import NotFound
from studio.registry.definitions import MODEL, Definition
from studio.registry.endpoints import Endpoint
from studio.registry.web_services import WebService
from studio.serving.explainers import is_explained
from studio.tables.schema import Column

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

PAGES = ("score", "jobs", "update")
# The pages load nothing and run no scripts.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output on a page: its name, the kind of its data, and its columns with their types."""

    name: str
    kind: str
    columns: tuple[tuple[str, str], ...]


def help_page(page: str, service: WebService, endpoint: Endpoint, definition: Definition, base_url: str) -> str:
    """Render a help page as HTML.

    Parameters
    ----------
    page
        `score`, `jobs` or `update`.

    Raises
    ------
    NotFound
        If there is no such page.
    """
    if page not in PAGES:
        raise NotFound("AddressNotFound", f"There is no help page '{page}'. There are: {', '.join(PAGES)}.")
    root = f"{base_url}/workspaces/{endpoint.workspace_id}"
    managed = f"workspaces/{endpoint.workspace_id}/webservices/{service.id}/endpoints"
    rendered = (
        _environment()
        .get_template(f"{page}.html")
        .render(
            page=page,
            pages=PAGES,
            service=service,
            endpoint=endpoint,
            definition=definition,
            is_explained=is_explained(definition),
            inputs=[Port(item.name, "dataset", _columns(item.columns)) for item in definition.inputs],
            outputs=[Port(item.name, item.kind, _columns(item.columns)) for item in definition.outputs],
            api_location=f"{root}/services/{endpoint.id}",
            update_url=f"{base_url}/{managed}/{endpoint.name}",
            help_location=f"{base_url}/apihelp/{managed}/{endpoint.id}",
            request_body=json.dumps(example_request(definition), indent=2),
            r_body=_r_text(example_request(definition)),
            response_body=json.dumps(example_response(definition), indent=2),
            job_body=json.dumps(_example_job(definition), indent=2),
            update_body=json.dumps(_example_update(definition), indent=2),
        )
    )
    return rendered.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _columns(columns: tuple[Column, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, " ".join(TYPES[column.type].values())) for column in columns)


def _r_text(value: Any) -> "Markup":
    """Return a value's JSON as it stands between single quotes in R, without characters that HTML would escape."""
    from markupsafe import Markup

    text = json.dumps(value, indent=2).replace("\\", "\\\\").replace("'", "\\'")
    return Markup(text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}))  # noqa: S704 - none is left


def _example_job(definition: Definition) -> dict[str, Any]:
    connection = "DefaultEndpointsProtocol=https;AccountName=<account>;AccountKey=<key>"
    extension = {MODEL: "ilearner"}

    def blob(name: str, kind: str) -> dict[str, str]:
        path = f"container/{name}.{extension.get(kind, 'csv')}"
        return {"ConnectionString": connection, "RelativeLocation": path}

    return {
        "Inputs": {item.name: blob(item.name, "dataset") for item in definition.inputs},
        "Outputs": {item.name: blob(item.name, item.kind) for item in definition.outputs},
        "GlobalParameters": shown_parameters(definition),
    }


def _example_update(definition: Definition) -> dict[str, Any]:
    location = {
        "BaseLocation": "https://<account>.blob.core.windows.net/",
        "RelativeLocation": "container/model.ilearner",
        "SasBlobToken": "?<token>",
    }
    return {"Resources": [{"Name": name, "Location": location} for name in definition.resources]}


@functools.cache
def _environment() -> "jinja2.Environment":
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
