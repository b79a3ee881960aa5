"""Saved experiments: the named documents of a workspace.

Table `experiments`: partition key is the workspace id, row key a hash of the name; Name, Version, Document (hash),
UpdatedAt; Key and ModelName if it was renamed (keys.py, renaming.py). The documents themselves are in container
`experiments`, which keeps every version; see studio/storage/documents.py.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict, Detail, NotFound
from studio.experiments.drafts import draft_secrets
from studio.experiments.keys import find_key, find_moved, find_row_of, key_columns, new_key, row_key
from studio.experiments.names import check_name
from studio.graph.document import Experiment, parse_experiment
from studio.graph.saving import check_new_document, find_warnings
from studio.graph.secrets import Keep, Place, find_secrets, hide_secrets, seal_secrets
from studio.hints import suggest
from studio.storage.account import Storage
from studio.storage.documents import get_document, put_document
from studio.storage.keys import name_key, seal_for
from studio.storage.rows import MAX_TRIES, Row, find_row, insert_row, list_rows, replace_row
from studio.wire import classic_time

# Classic: experiment ids have this between the workspace's id and the experiment's.
STUDIO_ID = ".f-id."


@dataclass(frozen=True, slots=True)
class SavedExperiment:
    """A named experiment: its version number and the hash of its document.

    `is_new` is False if what was to be saved is what was there before. `own_key` and `own_model_name` are empty for one
    that was not renamed.
    """

    workspace_id: str
    name: str
    version: int
    document: str
    updated_at: str
    is_new: bool = field(default=True, compare=False)
    own_key: str = ""
    own_model_name: str = ""

    @property
    def key(self) -> str:
        """What its versions, runs, draft and results hang on; renaming keeps it."""
        return self.own_key or name_key(self.name)

    @property
    def model_name(self) -> str:
        """The name that its trained models begin with."""
        return self.own_model_name or self.name

    @property
    def runs_partition(self) -> str:
        """Partition key of its runs, and of its versions that were replaced."""
        return f"{self.workspace_id}-{self.key}"

    @property
    def studio_id(self) -> str:
        """The experiment's id in the Studio API."""
        return f"{self.workspace_id}{STUDIO_ID}{self.key}"


def put_experiment(storage: Storage, workspace_id: str, name: str, document: Any, *, now: datetime) -> SavedExperiment:
    """Check a document and save it under a name; saving the same document again makes no new version.

    Secrets are stored sealed; where the document has what a client was shown, `***`, the stored secret is kept.

    Raises
    ------
    BadArgument
        If the name or document is invalid; it has a detail for everything that is wrong. Nothing is saved.
    """
    checked = check_experiment(storage, workspace_id, name, document)
    table = storage.table("experiments")
    digest = put_document(storage, seal_document(storage, workspace_id, checked.document))
    for _ in range(MAX_TRIES):
        row = find_row(table, workspace_id, name_key(name))
        if row is not None and row["Document"] == digest:
            return replace(_from_row(row), is_new=False)
        if row is not None:
            insert_row(table, _replaced(row))
        version = row["Version"] + 1 if row is not None else 1
        written = {"Version": version, "Document": digest, "UpdatedAt": now.isoformat()}
        changed = (row if row is not None else _new_row(storage, workspace_id, name)) | written
        if replace_row(table, changed, row["etag"]) if row else insert_row(table, changed):
            return _from_row(changed)
    raise Conflict("UnknownError", f"Too many callers are saving the experiment '{name}' at once. Try again.")


def insert_experiment(storage: Storage, source: SavedExperiment, name: str, *, now: datetime) -> bool:
    """Save the document of an experiment, with its secrets, as the first version of another; False if there is one."""
    written = {"Version": 1, "Document": source.document, "UpdatedAt": now.isoformat()}
    return insert_row(storage.table("experiments"), _new_row(storage, source.workspace_id, name) | written)


def moved_row(row: Row, name: str, *, keep_model_name: bool) -> Row:
    """Return the row of an experiment under another name, with all that its key leads to."""
    kept = {key: value for key, value in row.items() if key not in ("etag", "Key")}
    if keep_model_name:
        kept.setdefault("ModelName", row["Name"])
    place = {"RowKey": name_key(name), "Name": name}
    return kept | place | key_columns(name_key(name), row_key(row))


def _new_row(storage: Storage, workspace_id: str, name: str) -> Row:
    place = {"PartitionKey": workspace_id, "RowKey": name_key(name), "Name": name}
    return place | key_columns(name_key(name), new_key(storage, workspace_id, name))


def _replaced(row: Row) -> Row:
    """Return the row that keeps a version which is about to be replaced; see versions.py."""
    kept = {"Document": row["Document"], "UpdatedAt": row["UpdatedAt"]}
    return {"PartitionKey": f"{row['PartitionKey']}-{row_key(row)}", "RowKey": f"{row['Version']:06}"} | kept


def list_replaced(storage: Storage, workspace_id: str, key: str) -> Iterator[Row]:
    """Yield the rows of an experiment's versions that were replaced, oldest first."""
    return list_rows(storage.table("experiments"), f"{workspace_id}-{key}")


def check_experiment(storage: Storage, workspace_id: str, name: str, document: Any) -> Experiment:
    """Return the experiment in a document that could be saved under a name; BadArgument with all errors if not."""
    check_name(name)
    return check_new_document(document, kept_secrets(storage, workspace_id, name))


def kept_secrets(storage: Storage, workspace_id: str, name: str) -> Keep:
    """Return a function that finds the stored secret of a place, for a document that a client gives with `***` there.

    The experiment's own comes first, as it was saved or as it is in its draft, then any experiment's of the workspace,
    then that of an older version, which may be about to be restored.
    """
    row = find_row(storage.table("experiments"), workspace_id, name_key(name))
    own = find_secrets(get_document(storage, row["Document"])) if row is not None else {}
    drafted = functools.cache(lambda: draft_secrets(storage, workspace_id, name))
    elsewhere = functools.cache(lambda: _saved_secrets(storage, workspace_id))
    older = functools.cache(lambda: _replaced_secrets(storage, workspace_id, find_key(storage, workspace_id, name)))
    return lambda place: own.get(place) or drafted().get(place) or elsewhere().get(place) or older().get(place)


def _replaced_secrets(storage: Storage, workspace_id: str, key: str) -> dict[Place, Any]:
    found: dict[Place, Any] = {}
    for row in list_replaced(storage, workspace_id, key):
        found |= find_secrets(get_document(storage, row["Document"]))
    return found


def get_experiment(storage: Storage, workspace_id: str, name: str) -> SavedExperiment:
    """Return a saved experiment by its name, its Studio id, or a former name that no other has taken; else NotFound."""
    key = _studio_key(workspace_id, name)
    row = find_row_of(storage, workspace_id, key) if key else _find_named(storage, workspace_id, name)
    if row is None:
        hint = suggest(name, (item.name for item in list_experiments(storage, workspace_id)), "The workspace has")
        raise NotFound("ExperimentNotFound", f"The workspace has no experiment '{name}'. {hint}")
    return _from_row(row)


def get_experiment_by_key(storage: Storage, workspace_id: str, key: str, name: str) -> SavedExperiment:
    """Return the saved experiment with a key, whatever it is called by now; NotFound, with the name, if it is gone."""
    row = find_row_of(storage, workspace_id, key)
    if row is None:
        raise NotFound("ExperimentNotFound", f"The workspace has no experiment '{name}' any more.")
    return _from_row(row)


def get_deletable(storage: Storage, workspace_id: str, name: str) -> SavedExperiment:
    """Return a saved experiment by its name of today or its Studio id: what had that name before is not meant."""
    found = get_experiment(storage, workspace_id, name)
    if found.name != name and not _studio_key(workspace_id, name):
        raise NotFound("ExperimentRenamed", f"The experiment '{name}' is now called '{found.name}'. Delete that one.")
    return found


def find_former(storage: Storage, workspace_id: str, name: str) -> str | None:
    """Return what the experiment is called that had a name before; None if there is none."""
    row = find_moved(storage, workspace_id, name)
    return None if row is None else str(row["Name"])


def _find_named(storage: Storage, workspace_id: str, name: str) -> Row | None:
    row = find_row(storage.table("experiments"), workspace_id, name_key(name))
    return row if row is not None else find_moved(storage, workspace_id, name)


def find_experiment(storage: Storage, workspace_id: str, name: str) -> SavedExperiment | None:
    """Return a saved experiment by its name of today; None if the workspace has none of that name."""
    row = find_row(storage.table("experiments"), workspace_id, name_key(name))
    return None if row is None else _from_row(row)


def list_experiments(storage: Storage, workspace_id: str) -> list[SavedExperiment]:
    """Return the workspace's experiments, sorted by name."""
    rows = list_rows(storage.table("experiments"), workspace_id)
    return sorted((_from_row(row) for row in rows), key=lambda item: item.name)


@functools.lru_cache(maxsize=256)
def read_experiment(storage: Storage, document: str) -> Experiment:
    """Return the experiment parsed from a stored document; cached, since stored documents never change."""
    return parse_experiment(get_document(storage, document))


@functools.lru_cache(maxsize=256)
def read_description(storage: Storage, document: str) -> str:
    """Return the description in a stored document, also of one that an earlier version accepted and this one does not.

    Cached, since stored documents never change.
    """
    return str(get_document(storage, document).get("description") or "")


def experiment_object(storage: Storage, experiment: SavedExperiment, *, with_document: bool) -> dict[str, Any]:
    """Return an experiment as the API shows it."""
    shown: dict[str, Any] = {
        "Name": experiment.name,
        "Version": experiment.version,
        "UpdatedAt": classic_time(experiment.updated_at),
    }
    if with_document:
        shown["Document"] = hide_secrets(get_document(storage, experiment.document))
        shown["Warnings"] = _warnings(storage, experiment)
    return shown


def saving_object(storage: Storage, experiment: SavedExperiment) -> dict[str, Any]:
    """Return the response to saving an experiment: what was saved, and what its author should know."""
    warnings = _warnings(storage, experiment)
    if not experiment.is_new:
        text = f"The document is that of version {experiment.version}, so that no new version was saved."
        warnings.insert(0, Detail("NothingChanged", text).to_json())
    return experiment_object(storage, experiment, with_document=False) | {"Warnings": warnings}


def _warnings(storage: Storage, experiment: SavedExperiment) -> list[dict[str, str]]:
    try:
        found = find_warnings(read_experiment(storage, experiment.document))
    except BadArgument as error:
        # An earlier version accepted the document: it is shown with what this one does not accept.
        return [detail.to_json() for detail in error.details]
    return [detail.to_json() for detail in found]


def list_findings(storage: Storage, workspace_id: str, name: str, document: Any) -> list[dict[str, str]]:
    """Return all errors and warnings of a document that might be saved under a name, each with its place."""
    try:
        experiment = check_experiment(storage, workspace_id, name, document)
    except BadArgument as error:
        return [{"severity": "error"} | detail.to_json() for detail in error.details]
    return [{"severity": "warning"} | detail.to_json() for detail in find_warnings(experiment)]


def seal_document(storage: Storage, workspace_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its secrets sealed for the workspace and their destinations."""
    return seal_secrets(document, lambda text, place: seal_for(storage.secret, text, workspace_id, *place.binding))


def _saved_secrets(storage: Storage, workspace_id: str) -> dict[Place, Any]:
    """Return the secrets of all experiments, by place the one most recently saved there: a copy keeps them."""
    found: dict[Place, Any] = {}
    for item in sorted(list_experiments(storage, workspace_id), key=lambda item: item.updated_at):
        found |= find_secrets(get_document(storage, item.document))
    return found


def _studio_key(workspace_id: str, id_: str) -> str | None:
    """Return the row key from a Studio id of this workspace; None for anything else, such as a name."""
    start = f"{workspace_id}{STUDIO_ID}"
    return id_.removeprefix(start) if id_.startswith(start) else None


def _from_row(row: Row) -> SavedExperiment:
    return SavedExperiment(
        row["PartitionKey"],
        row["Name"],
        row["Version"],
        row["Document"],
        row["UpdatedAt"],
        own_key=row.get("Key", ""),
        own_model_name=row.get("ModelName", ""),
    )
