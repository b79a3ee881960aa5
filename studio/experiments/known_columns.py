"""Which columns there will be at a port of a document that has not run as it is: what can be known without running it.

A column picker needs names before the first run, and while a document is being changed. What is known for sure is told
apart from what is only likely; nothing is run, and no large file is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.datasets.readings import find_profile
from studio.datasets.workspace_data import check_dataset_name
from studio.errors import NotFound, StudioError
from studio.experiments.experiments import SavedExperiment, read_experiment
from studio.experiments.outputs import list_output_columns
from studio.experiments.runs import Run, list_runs
from studio.graph.contract import Effect, PortType
from studio.graph.document import Experiment, Node, PortRef, read_document
from studio.graph.saving import check_limits
from studio.graph.secrets import hide_secrets
from studio.hints import suggest
from studio.problems import Problems
from studio.storage.account import Storage
from studio.tables.files import read_table, table_columns

# How many of the latest runs are looked at, and how much of a file or text is read.
MAX_RUNS, MAX_BYTES = 5, 8 * 1024 * 1024
RUN, PROFILE, DOCUMENT, LIKELY, UNKNOWN = "run", "profile", "document", "likely", "unknown"
SURE = (RUN, PROFILE, DOCUMENT)
IMPORT, ENTER = "Import Data", "Enter Data Manually"
SOURCE, AUTHENTICATION = "Please Specify Data Source", "Please Specify Authentication Type"
PATH = "Path to container, directory or blob"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the columns at a port: how (one of RUN, PROFILE, DOCUMENT, LIKELY, UNKNOWN), and why no more."""

    how: str
    note: str
    columns: Sequence[Mapping[str, Any]] = ()
    run: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {"known": self.how, "note": self.note, "columns": list(self.columns), "run": self.run}


def list_known_columns(
    storage: Storage, workspace_id: str, saved: SavedExperiment | None, document: Any, title: str, port: str
) -> dict[str, Any]:
    """Return what is known of the columns at a port of a module; at an input port, those of what is connected to it.

    Parameters
    ----------
    saved
        The experiment as it is saved, whose runs are looked at; None if it never was.
    document
        The document, which may be invalid; what is wrong with it is left out.

    Raises
    ------
    BadArgument
        If the document is too large.
    NotFound
        If it has no such module, or the module no such port.
    """
    check_limits(document)
    experiment = read_document(hide_secrets(document) if isinstance(document, dict) else document, Problems())
    if title not in experiment.nodes:
        hint = suggest(title, experiment.nodes, "It has")
        raise NotFound("OutputNotFound", f"The document has no module '{title[:200]}' that can be read. {hint}")
    module = experiment.nodes[title].module
    place: PortRef | None = PortRef(title, port)
    if port in [item.name for item in module.inputs]:
        place = experiment.connections.get(PortRef(title, port))
    elif port not in [item.name for item in module.outputs]:
        names = [item.name for item in (*module.inputs, *module.outputs)]
        raise NotFound("OutputNotFound", f"'{title}' has no port '{port[:200]}'. {suggest(port, names, 'It has')}")
    if place is None:
        return Known(UNKNOWN, f"Nothing is connected to '{port}'.").to_json()
    runs = list_runs(storage, saved)[:MAX_RUNS] if saved else []
    return _Walk(storage, workspace_id, saved, experiment, runs).known(place).to_json()


@dataclass(frozen=True, slots=True)
class _Walk:
    storage: Storage
    workspace_id: str
    saved: SavedExperiment | None
    experiment: Experiment
    runs: Sequence[Run]

    def known(self, place: PortRef) -> Known:
        """Return what is known of an output port: of itself, or of what comes before it; what is sure goes first."""
        changes: list[str] = []
        seen: set[str] = set()
        likely: Known | None = None
        while True:
            node, seen = self.experiment.nodes[place.node], seen | {place.node}
            found = self._here(node, place.port)
            if found is not None and found.how in SURE:
                return found if not changes else likely or _after(found, changes)
            if found is not None and found.how == LIKELY:
                likely = likely or _after(found, changes)
            before = self._before(node)
            if before is None or before.node in seen:
                return likely or found or Known(UNKNOWN, f"What '{node.title}' delivers is known once it has run.")
            if node.module.effect is not Effect.ROWS:
                changes.append(node.title)
            place = before

    def _here(self, node: Node, port: str) -> Known | None:
        own = self._from_runs(node, port)
        if own is not None and own.how == RUN:
            return own
        return self._from_document(node) or own

    def _from_runs(self, node: Node, port: str) -> Known | None:
        likely = None
        for run in self.runs:
            document = _read(self.storage, run)
            if document is None or node.title not in document.nodes or self.saved is None:
                continue
            if document.nodes[node.title].module is not node.module:
                continue
            try:
                found = list_output_columns(self.storage, self.saved, run, node.title, port)["columns"]
            except NotFound:
                continue
            if self._is_same(document, node.title):
                return Known(RUN, "As in the run, since when nothing before it has changed.", found, run.id)
            note = f"As in an earlier run; '{node.title}' or what comes before it has changed since."
            likely = likely or Known(LIKELY, note, found, run.id)
        return likely

    def _is_same(self, before: Experiment, title: str) -> bool:
        """Return whether a module, and all that it depends on, is what it was in a run."""
        shown = hide_secrets(before.document)["modules"]
        for name in self.experiment.upstream([PortRef(title, "")]):
            node = self.experiment.nodes[name]
            if name not in shown or (shown[name].get("properties") or {}) != dict(node.properties):
                return False
            if before.nodes[name].module is not node.module:
                return False
            for port in node.module.inputs:
                ref = PortRef(name, port.name)
                if before.connections.get(ref) != self.experiment.connections.get(ref):
                    return False
        return True

    def _from_document(self, node: Node) -> Known | None:
        if node.module.name == ENTER:
            return _entered(node)
        if node.module.name == IMPORT:
            return self._imported(node)
        return None

    def _imported(self, node: Node) -> Known | None:
        given = node.properties
        path = str(given.get(PATH) or "").strip().lstrip("/")
        elsewhere = given.get(SOURCE, "AzureBlobStorage") != "AzureBlobStorage"
        if not path or "*" in path or elsewhere or given.get(AUTHENTICATION, "Workspace") != "Workspace":
            return None
        try:
            check_dataset_name(path)
            profile = find_profile(self.storage, self.workspace_id, path, MAX_BYTES)
        except StudioError as error:
            return Known(UNKNOWN, error.message)
        if profile is None:
            return None
        columns = [{"name": item["Name"], "type": item["Type"]} for item in profile["Columns"]]
        note = f"From the profile of '{path}'."
        if set(given) - {PATH, SOURCE, AUTHENTICATION}:
            return Known(LIKELY, f"{note} The module's own properties may make it read the file differently.", columns)
        return Known(PROFILE, note, columns)

    def _before(self, node: Node) -> PortRef | None:
        """Return what is connected to the first dataset port of a module that has its rows from there."""
        ports = [port.name for port in node.module.inputs if port.type is PortType.DATASET]
        return self.experiment.connections.get(PortRef(node.title, ports[0])) if ports else None


def _after(found: Known, changes: Sequence[str]) -> Known:
    """Return what is known behind modules that may change columns."""
    if not changes:
        return found
    text = f"Before {', '.join(map(repr, changes[:5]))}, which may change them: {found.note}"
    return replace(found, how=LIKELY, note=text)


def _entered(node: Node) -> Known | None:
    text = node.properties.get("Data")
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        return None
    extension = f".{str(node.properties.get('DataFormat', 'CSV')).lower()}"
    try:
        header = str(node.properties.get("HasHeader", True)).lower() != "false"
        columns = table_columns(read_table(text.encode(), extension, header=header))
    except StudioError as error:
        return Known(UNKNOWN, error.message)
    found = [{"name": column.name, "type": column.type.value} for column in columns]
    return Known(DOCUMENT, "From the data in the document.", found)


def _read(storage: Storage, run: Run) -> Experiment | None:
    try:
        return read_experiment(storage, run.document)
    except StudioError:
        # Of an earlier version, which accepted what this one does not.
        return None
