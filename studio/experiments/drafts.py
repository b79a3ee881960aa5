"""Drafts: what someone is still editing of an experiment; it may be invalid, and need not have been saved.

Container `experiments`: `{workspace id}/drafts/{key of the experiment}` is JSON, encrypted, because what is still
being typed may hold a secret anywhere. Metadata `name`: the experiment's name when it was saved,
percent-encoded. The blob's ETag is the draft's, so that two people who edit the same experiment do not overwrite each
other.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

import orjson
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient

from studio.errors import BadArgument, NotFound, PreconditionFailed, TooLarge
from studio.experiments.keys import find_key, list_names
from studio.experiments.names import check_name
from studio.graph.saving import check_limits
from studio.graph.secrets import HIDDEN, Keep, Place, find_secrets, hide_secrets, is_sealed, keep_secrets
from studio.problems import Problems
from studio.storage.account import Storage
from studio.storage.keys import seal, unseal
from studio.storage.pages import Page, by_name
from studio.wire import classic_time, optional_classic_time

MAX_BYTES = 4 * 1024 * 1024
ETAG = re.compile(r'(?:W/)?"?([A-Za-z0-9_.+/=-]{1,100})"?')
# Never that of a blob.
NO_ETAG = '"-"'


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: its document, the version of the experiment that it began from, its ETag and when it was saved.

    The ETag and the time are empty as long as it was not saved. `renamed_to` is what the experiment is called that had
    the name before, if there is neither a draft nor an experiment of that name.
    """

    name: str
    document: dict[str, Any]
    based_on: int | None
    etag: str
    updated_at: str
    renamed_to: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a client expects a draft to be before it changes it.

    Parameters
    ----------
    etag
        The ETag of the draft that the client has seen; empty if any will do.
    absent
        Whether there must be no draft yet.
    """

    etag: str = ""
    absent: bool = False


def read_condition(if_match: str | None, if_none_match: str | None) -> Condition:
    """Return the condition in the headers of a request; BadArgument for an `If-None-Match` other than `*`."""
    if if_none_match not in (None, "", "*"):
        text = f"If-None-Match must be *, which saves a first draft only, got {if_none_match[:100]!r}."
        raise BadArgument("BadParameterValue", text, "If-None-Match")
    given = (if_match or "").strip()
    found = ETAG.fullmatch(given)
    return Condition("" if given == "*" else f'"{found[1]}"' if found else given and NO_ETAG, if_none_match == "*")


ANY = Condition()


def put_draft(
    storage: Storage, workspace_id: str, name: str, given: dict[str, Any], condition: Condition, find_kept: Keep
) -> Draft:
    """Save a draft and return it; where its document has `***`, a stored secret is kept, if there is one.

    Parameters
    ----------
    find_kept
        Returns the stored secret of a place, or None if there is none.

    Raises
    ------
    BadArgument, TooLarge
        If the name cannot be an experiment's, or the draft is not of the documented shape or too large.
    PreconditionFailed
        If the draft is not what the client expects.
    """
    check_name(name)
    document, based_on = _read(given)
    kept = keep_secrets(document, find_kept, Problems())
    return _write(storage, workspace_id, Draft(name, kept, based_on, "", ""), condition)


def copy_draft(storage: Storage, workspace_id: str, draft: Draft, name: str) -> Draft:
    """Save a draft, with its secrets, under a name that has none; PreconditionFailed if it has another one.

    One that is the same is taken for what an earlier try left.
    """
    try:
        return _write(storage, workspace_id, replace(draft, name=name), Condition(absent=True))
    except PreconditionFailed:
        found = find_draft(storage, workspace_id, name)
        if found is None or (found.document, found.based_on) != (draft.document, draft.based_on):
            raise
        return found


def _write(storage: Storage, workspace_id: str, draft: Draft, condition: Condition) -> Draft:
    name = draft.name
    content = orjson.dumps({"document": draft.document, "basedOn": draft.based_on})
    if len(content) > MAX_BYTES:
        text = f"A draft may have {MAX_BYTES // 1024 // 1024} MiB, got {len(content) / 1024 / 1024:,.1f} MiB."
        raise TooLarge("OutOfMemoryLimit", text)
    blob, sealed = _blob(storage, workspace_id, name), seal(storage.secret, content.decode()).encode()
    options: dict[str, Any] = {"metadata": {"name": quote(name)}, "overwrite": not condition.absent}
    try:
        written = blob.upload_blob(sealed, **options, **_matching(condition))
    except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as error:
        raise _changed(name, condition) from error
    return replace(draft, etag=written["etag"], updated_at=written["last_modified"].isoformat())


def find_draft(storage: Storage, workspace_id: str, name: str) -> Draft | None:
    """Return a draft, or None if there is none of that name."""
    try:
        return get_draft(storage, workspace_id, name)
    except NotFound:
        return None


def get_draft(storage: Storage, workspace_id: str, name: str) -> Draft:
    """Return a draft; NotFound if there is none of that name."""
    try:
        download = _blob(storage, workspace_id, name).download_blob()
        content = orjson.loads(unseal(storage.secret, download.readall().decode()))
    except ResourceNotFoundError as error:
        raise NotFound("DraftNotFound", f"The experiment '{name}' has no draft.") from error
    found = download.properties
    return Draft(name, content["document"], content["basedOn"], found.etag, found.last_modified.isoformat())


def page_drafts(storage: Storage, workspace_id: str, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the workspace's drafts, by name, without their documents, and where the next page starts."""
    blobs = storage.container("experiments").list_blobs(f"{workspace_id}/drafts/", include=["metadata"])
    today = list_names(storage, workspace_id)
    named = (
        (today.get(blob.name.rpartition("/")[2]) or unquote((blob.metadata or {}).get("name", "")), blob)
        for blob in blobs
    )
    listed = (
        (name, {"name": name, "updatedAt": classic_time(blob.last_modified.isoformat()), "size": blob.size})
        for name, blob in named
    )
    return by_name(listed, page)


def delete_draft(storage: Storage, workspace_id: str, name: str, condition: Condition = ANY) -> None:
    """Delete a draft. May be repeated, unless the client expects a certain one."""
    try:
        _blob(storage, workspace_id, name).delete_blob(**_matching(condition))
    except ResourceNotFoundError as error:
        if condition.etag:
            raise _changed(name, condition) from error
    except ResourceModifiedError as error:
        raise _changed(name, condition) from error


def draft_secrets(storage: Storage, workspace_id: str, name: str) -> dict[Place, Any]:
    """Return the secrets of a draft by their places; none if there is no draft."""
    draft = find_draft(storage, workspace_id, name)
    found = find_secrets(draft.document) if draft is not None else {}
    # Where nothing was stored for a `***`, the draft has it still.
    return {place: value for place, value in found.items() if is_sealed(value) or HIDDEN not in str(value)}


def draft_object(draft: Draft) -> dict[str, Any]:
    """Return a draft as the API shows it, with `***` in place of secrets."""
    return {
        "name": draft.name,
        "document": hide_secrets(draft.document),
        "basedOn": draft.based_on,
        "updatedAt": optional_classic_time(draft.updated_at),
        "renamedTo": draft.renamed_to,
    }


def _read(given: dict[str, Any]) -> tuple[dict[str, Any], int | None]:
    for name in given:
        if name not in ("document", "basedOn"):
            hint = {"positions": "layout", "comments": "comments"}.get(name)
            remedy = f"Put them into its document, as '{hint}'." if hint else "It has 'document' and 'basedOn'."
            raise BadArgument("RequestBodyInvalid", f"A draft cannot have '{name[:200]}'. {remedy}", name[:200])
    document, based_on = given.get("document"), given.get("basedOn")
    if not isinstance(document, dict):
        text = "A draft must have a 'document', an object; it may be invalid as an experiment."
        raise BadArgument("RequestBodyInvalid", text, "document")
    if isinstance(based_on, bool) or not (based_on is None or (isinstance(based_on, int) and 1 <= based_on < 2**31)):
        text = f"'basedOn' must be the number of a version of the experiment, or null, got {str(based_on)[:100]}."
        raise BadArgument("RequestBodyInvalid", text, "basedOn")
    check_limits(document)
    return document, based_on


def _matching(condition: Condition) -> dict[str, Any]:
    if not condition.etag:
        return {}
    return {"etag": condition.etag, "match_condition": MatchConditions.IfNotModified}


def _changed(name: str, condition: Condition) -> PreconditionFailed:
    seen = "there is one already" if condition.absent else "it is no longer the one that was read"
    return PreconditionFailed(
        "DraftChanged",
        f"The draft of '{name}' was not changed: {seen}. Get it again, keep what you want of both, and send it with "
        "its ETag as If-Match.",
        "If-None-Match" if condition.absent else "If-Match",
    )


def _blob(storage: Storage, workspace_id: str, name: str) -> BlobClient:
    return storage.container("experiments").get_blob_client(
        f"{workspace_id}/drafts/{find_key(storage, workspace_id, name)}"
    )
