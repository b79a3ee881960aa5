"""The versions of an experiment: what it was when each was saved, so that it can be looked at, compared and restored.

Table `experiments`: partition key is `{workspace id}-{row key of the experiment}`, row key the version, 6 digits;
Document (hash), UpdatedAt. The current version is the experiment's own row; those that were replaced before the app
kept them are missing.
"""

from dataclasses import replace
from typing import Any

from studio.errors import NotFound
from studio.experiments.experiments import SavedExperiment, experiment_object, list_replaced
from studio.experiments.run_history import (
    history_object,
    latest_run_object,
    list_run_rows,
)
from studio.storage.account import Storage
from studio.storage.documents import get_document
from studio.storage.pages import Page
from studio.storage.rows import Row
from studio.wire import classic_time
from studio.work.state import State


def list_versions(storage: Storage, experiment: SavedExperiment) -> list[SavedExperiment]:
    """Return the versions of an experiment, newest first."""
    replaced = (
        replace(experiment, version=int(row["RowKey"]), document=row["Document"], updated_at=row["UpdatedAt"])
        for row in list_replaced(storage, experiment.workspace_id, experiment.key)
    )
    older = [item for item in replaced if item.version < experiment.version]
    return [experiment, *sorted(older, key=lambda item: -item.version)]


def get_version(storage: Storage, experiment: SavedExperiment, number: str) -> SavedExperiment:
    """Return a version of an experiment by its number; NotFound if there is none, or it was not kept."""
    versions = list_versions(storage, experiment)
    found = next((item for item in versions if str(item.version) == number), None)
    if found is None:
        known = ", ".join(str(item.version) for item in versions[:10])
        more = f" and {len(versions) - 10} older ones" if len(versions) > 10 else ""
        raise NotFound(
            "VersionNotFound",
            f"The experiment '{experiment.name}' has no version '{number[:40]}'. It has: {known}{more}.",
        )
    return found


def page_versions(storage: Storage, experiment: SavedExperiment, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the versions as the API lists them, newest first, and where the next page starts."""
    older = [item for item in list_versions(storage, experiment) if not page.after or _place(item) < page.after]
    shown, rows = older[: page.limit], list_run_rows(storage, experiment)
    after = _place(shown[-1]) if len(older) > page.limit else None
    return [_listed(storage, item, rows) for item in shown], after


def _place(version: SavedExperiment) -> str:
    return f"{version.version:06}"


def version_object(storage: Storage, version: SavedExperiment) -> dict[str, Any]:
    """Return a version as the API shows it: with its document, what is wrong with it, and the metrics of its run."""
    rows = _runs_of(version, list_run_rows(storage, version))
    finished = next((row for row in rows if row["State"] == State.FINISHED), None)
    metrics = get_document(storage, finished["Summary"]).get("metrics", {}) if finished else {}
    return {
        **experiment_object(storage, version, with_document=True),
        **_run_objects(storage, rows),
        "FinishedRun": latest_run_object(finished) if finished else None,
        "Metrics": metrics,
    }


def _listed(storage: Storage, version: SavedExperiment, rows: list[Row]) -> dict[str, Any]:
    own = _runs_of(version, rows)
    return {"Version": version.version, "UpdatedAt": classic_time(version.updated_at)} | _run_objects(storage, own)


def _run_objects(storage: Storage, rows: list[Row]) -> dict[str, Any]:
    history = history_object(storage, rows)
    return {"Runs": len(rows), "LatestRun": history["LatestRun"], "Metric": history["Metric"]}


def _runs_of(version: SavedExperiment, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["Document"] == version.document]
