"""Where editing an experiment begins: at its draft, else at its last version, else at nothing.

Stores nothing; drafts.py and experiments.py do.
"""

from studio.errors import NotFound
from studio.experiments.drafts import Draft, get_draft
from studio.experiments.experiments import find_experiment, find_former
from studio.experiments.names import check_name
from studio.storage.account import Storage
from studio.storage.documents import get_document


def open_draft(storage: Storage, workspace_id: str, name: str) -> Draft:
    """Return an experiment's draft, or what its first one would begin with, which is not saved.

    Returns
    -------
    Draft
        Without a time and an ETag if there is none: the last version's document, or an empty one if the experiment was
        never saved.

    Raises
    ------
    BadArgument
        If the name cannot be an experiment's.
    """
    check_name(name)
    try:
        return get_draft(storage, workspace_id, name)
    except NotFound:
        saved = find_experiment(storage, workspace_id, name)
    if saved is None:
        renamed_to = find_former(storage, workspace_id, name)
        return Draft(name, {"modules": {}, "connections": []}, None, "", "", renamed_to)
    return Draft(name, get_document(storage, saved.document), saved.version, "", "")
