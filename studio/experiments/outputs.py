"""What the modules of a run delivered, as the API shows it; output_files.py writes it while the run goes on."""

from typing import Any

import orjson
from azure.core.exceptions import ResourceNotFoundError

from studio.errors import BadArgument, NotFound
from studio.experiments.experiments import SavedExperiment, read_experiment
from studio.experiments.module_states import read_states
from studio.experiments.output_files import output_key, output_path
from studio.experiments.runs import Run
from studio.graph.document import Experiment
from studio.hints import suggest
from studio.storage.account import Storage
from studio.storage.documents import get_document
from studio.tables.row_downloads import write_rows
from studio.tables.row_pages import Choice, KeptRows, Streams, Window, read_rows
from studio.tables.schema import ColumnType


def get_output(storage: Storage, experiment: SavedExperiment, run: Run, title: str, port: str) -> dict[str, Any]:
    """Return what there is to show of an output port of a run.

    Raises
    ------
    NotFound
        If there is no such module or port, the module has not ended, or its result is not kept any more.
    """
    found = _read_output(storage, experiment, run, title, port)
    return {name: value for name, value in found.items() if name != "streams"}


def list_output_columns(
    storage: Storage, experiment: SavedExperiment, run: Run, title: str, port: str
) -> dict[str, Any]:
    """Return names and types of the columns at an output port of a run; the errors of get_output."""
    found = _read_output(storage, experiment, run, title, port)
    columns = [{"name": item["name"], "type": item["type"]} for item in found.get("columns", ()) if "type" in item]
    return {"kind": found["kind"], "columnCount": found.get("columnCount", 0), "columns": columns}


def list_output_rows(
    storage: Storage, experiment: SavedExperiment, run: Run, title: str, port: str, window: Window
) -> dict[str, Any]:
    """Return rows of the dataset at an output port; the errors of get_output.

    Raises
    ------
    BadArgument
        If the port delivers no dataset, or the rows cannot be sorted or chosen so.
    """
    found = _read_dataset(storage, experiment, run, title, port)
    kept = _kept_rows(storage, _path(storage, experiment, run, title, port), found)
    try:
        page = read_rows(kept, window)
    except ResourceNotFoundError as error:
        raise _not_kept(title) from error
    return {
        "rows": found["rows"],
        "rowsKept": found["rowsKept"],
        "matching": page.matching,
        "offset": window.offset,
        "columns": [{"name": name, "type": type_.value} for name, type_ in kept.columns],
        "values": page.values,
        "numbers": page.numbers,
    }


def write_output_rows(
    storage: Storage,
    experiment: SavedExperiment,
    run: Run,
    title: str,
    port: str,
    choice: Choice,
    format_: str,
) -> tuple[bytes, int]:
    """Return rows of the dataset at an output port as a file, and how many it can have none of: they are not kept.

    The errors are those of list_output_rows, and TooLarge if the file would be too large.
    """
    found = _read_dataset(storage, experiment, run, title, port)
    kept = _kept_rows(storage, _path(storage, experiment, run, title, port), found)
    try:
        return write_rows(kept, choice, format_), found["rows"] - found["rowsKept"]
    except ResourceNotFoundError as error:
        raise _not_kept(title) from error


def _read_dataset(storage: Storage, experiment: SavedExperiment, run: Run, title: str, port: str) -> dict[str, Any]:
    found = _read_output(storage, experiment, run, title, port)
    if found["kind"] != "dataset":
        text = f"The port '{port}' of '{title}' delivers no dataset, but: {found['kind']}."
        raise BadArgument("BadParameterValue", text, "port")
    return found


def _kept_rows(storage: Storage, path: str, found: dict[str, Any]) -> KeptRows:
    columns = [(item["name"], ColumnType(item["type"])) for item in found["columns"][: found["columnsKept"]]]

    def read(place: int, length: int) -> bytes:
        blob = storage.container("results").get_blob_client(f"{path}.rows")
        return blob.download_blob(place, length).readall() if length else b""

    streams = Streams(tuple(found["streams"]["rows"]), tuple(found["streams"]["places"]))
    return KeptRows(read, streams, columns)


def _read_output(storage: Storage, experiment: SavedExperiment, run: Run, title: str, port: str) -> dict[str, Any]:
    return read_part(storage, f"{_path(storage, experiment, run, title, port)}.json", title)


def read_part(storage: Storage, path: str, title: str) -> dict[str, Any]:
    """Return a file that output_files.py wrote; NotFound if it is not there."""
    try:
        found: dict[str, Any] = orjson.loads(storage.container("results").download_blob(path).readall())
    except ResourceNotFoundError as error:
        raise _not_kept(title) from error
    return found


def _path(storage: Storage, experiment: SavedExperiment, run: Run, given: str, port: str) -> str:
    document = read_experiment(storage, run.document)
    title = find_title(document, given)
    ports = [item.name for item in document.nodes[title].module.outputs]
    if port not in ports:
        raise NotFound(
            "OutputNotFound", f"'{title}' has no output port '{port[:200]}'. {suggest(port, ports, 'It has')}"
        )
    key = find_key(storage, document, run, title)
    return output_path(experiment.workspace_id, experiment.key, key, ports.index(port))


def find_title(document: Experiment, given: str) -> str:
    """Return the title of the module that a URL names: by its title, or `~` and its number in the order of the run.

    Titles may have characters that no part of a URL can have.
    """
    number = given.removeprefix("~")
    if given in document.nodes:
        return given
    known = dict(zip(map(str, range(len(document.order))), document.order, strict=True))
    if given.startswith("~") and number in known:
        return known[number]
    hint = suggest(given, document.nodes, "It has")
    raise NotFound("OutputNotFound", f"The experiment had no module '{given[:200]}' in this run. {hint}")


def find_key(storage: Storage, document: Experiment, run: Run, title: str) -> str:
    """Return the key of the files of a module of a run; NotFound if the module has not ended."""
    if run.summary:
        records = get_document(storage, run.summary).get("modules", {})
        return output_key(run.id, title, records.get(title, {}).get("fingerprint"))
    states = read_states(run.modules)
    ended = dict(zip(document.order, states.ended if states else (), strict=False))
    if title not in ended:
        text = f"'{title}' has delivered nothing in this run, which is {run.work.state.value}."
        raise NotFound("OutputNotFound", f"{text} Look again when the module has ended.")
    return ended[title].shown or "none"


def _not_kept(title: str) -> NotFound:
    return NotFound(
        "OutputNotFound",
        f"What '{title}' delivered in this run is not kept: it is older than PERENNIAL_OUTPUT_DAYS, or the run was "
        "made by an earlier version of the app. Run the experiment again.",
    )
