"""Experiments under another name, and copies of them.

An experiment that is renamed keeps its key (keys.py), and with it all that it has; its row moves in one transaction.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict, NotFound
from studio.experiments.drafts import Condition, Draft, copy_draft, delete_draft, find_draft
from studio.experiments.experiments import (
    find_experiment,
    get_experiment,
    insert_experiment,
    moved_row,
)
from studio.experiments.keys import note_former, row_key
from studio.experiments.names import check_name
from studio.registry.web_services import list_of_experiment
from studio.storage.account import Storage
from studio.storage.keys import name_key
from studio.storage.rows import MAX_TRIES, find_row, move_row


def rename_experiment(storage: Storage, workspace_id: str, name: str, new_name: Any) -> str:
    """Give an experiment, or one that is only a draft yet, another name, and return that; may be repeated.

    Versions, runs, the draft and kept results stay its own. Web services that were published from it keep their names,
    addresses and models, and are updated when it is published again. Its trained models keep their name once such a
    service exists, because clients name the model that they replace.

    Raises
    ------
    BadArgument
        If the name cannot be an experiment's.
    Conflict
        If the workspace has an experiment or a draft of that name.
    NotFound
        If there is nothing to rename.
    """
    wanted = _read_name(new_name)
    table = storage.table("experiments")
    for _ in range(MAX_TRIES):
        row = find_row(table, workspace_id, name_key(name))
        if row is None:
            return _rename_draft(storage, workspace_id, name, wanted)
        if wanted == name:
            return name
        _check_free(storage, workspace_id, wanted)
        note_former(storage, workspace_id, name, row_key(row))
        in_use = list_of_experiment(storage, workspace_id, row_key(row))
        if move_row(table, row, moved_row(row, wanted, keep_model_name=bool(in_use))):
            return wanted
    raise Conflict("UnknownError", f"Too many callers are changing the experiment '{name}' at once. Try again.")


def copy_experiment(storage: Storage, workspace_id: str, name: str, new_name: Any, *, now: datetime) -> str:
    """Copy an experiment with its secrets and its draft under a new name, as version 1, and return that name.

    Versions that were replaced, and runs, stay with the original.

    Raises
    ------
    BadArgument, Conflict, NotFound
        As for renaming.
    """
    wanted = _read_name(new_name)
    draft, saved = find_draft(storage, workspace_id, name), find_experiment(storage, workspace_id, name)
    if draft is None and saved is None:
        saved = get_experiment(storage, workspace_id, name)
    version = 1 if saved is not None else None
    copied = replace(draft, based_on=version) if draft is not None else None
    # The draft first: until the experiment is there, it is only a draft, which a second try takes for its own.
    _check_free(storage, workspace_id, wanted, copied)
    written = copy_draft(storage, workspace_id, copied, wanted) if copied is not None else None
    if saved is not None and not insert_experiment(storage, saved, wanted, now=now):
        if written is not None:
            delete_draft(storage, workspace_id, wanted, Condition(written.etag))
        raise _taken(wanted)
    return wanted


def _rename_draft(storage: Storage, workspace_id: str, name: str, wanted: str) -> str:
    draft = find_draft(storage, workspace_id, name)
    if draft is None:
        # An experiment that has the wanted name by an earlier try is renamed already.
        saved = get_experiment(storage, workspace_id, name)
        if saved.name == wanted:
            return wanted
        raise NotFound("ExperimentRenamed", f"The experiment '{name}' is now called '{saved.name}'. Rename that one.")
    if wanted == name:
        return name
    _check_free(storage, workspace_id, wanted, draft)
    copy_draft(storage, workspace_id, draft, wanted)
    delete_draft(storage, workspace_id, name)
    return wanted


def _read_name(given: Any) -> str:
    if not isinstance(given, str):
        shown = "nothing" if given is None else f"{type(given).__name__}"
        raise BadArgument("BadParameterValue", f"Name must be a text, the experiment's new name, got {shown}.", "Name")
    check_name(given)
    return given


def _check_free(storage: Storage, workspace_id: str, name: str, own: Draft | None = None) -> None:
    """Raise Conflict if a name is taken; a draft that is the same as `own` is what an earlier try left."""
    if find_experiment(storage, workspace_id, name) is not None:
        raise _taken(name)
    draft = find_draft(storage, workspace_id, name)
    if draft is not None and (own is None or (draft.document, draft.based_on) != (own.document, own.based_on)):
        text = (
            f"The workspace has a draft of an experiment '{name}' that was never saved. Give another name, or delete "
            "that draft first."
        )
        raise Conflict("ExperimentNameTaken", text, "Name")


def _taken(name: str) -> Conflict:
    text = f"The workspace has an experiment '{name}' already. Give another name, or rename or delete that one first."
    return Conflict("ExperimentNameTaken", text, "Name")
