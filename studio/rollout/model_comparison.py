"""Compares any two versions of trained models of a workspace on the same rows."""

from typing import Any

from studio.registry.models import RegisteredModel
from studio.rollout.comparison import IN_USE, NEW, choose_rows, compare_models, comparison_object
from studio.rollout.comparison_details import read_wanted
from studio.serving.app import App
from studio.serving.model_facts import read_version
from studio.storage.account import Storage
from studio.wire import invalid_value

NOTES = {
    IN_USE: "These are the rows that the model InUse was evaluated on. The other model was trained on some of them if "
    "they are in its training data, too; a dataset that neither was trained on (HeldBackData) is a stricter test.",
    NEW: "The rows that the model InUse was evaluated on are unknown. These are the rows that the model New was "
    "evaluated on; the model InUse may have been trained on some of them.",
}


def compare_versions(app: App, workspace_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Compare two versions on the same rows.

    Parameters
    ----------
    body
        `New` and `InUse`, each `{Name, Version}`; optionally `HeldBackData`, `Details` and `Intervals` (default true).

    Raises
    ------
    BadArgument, BadUserArgument, NotFound, TooLarge
        If a version does not exist, or the models cannot be compared on the rows.
    """
    wanted = read_wanted(body.get("Details"))
    new, used = (_version(app.storage, workspace_id, body, side) for side in ("New", "InUse"))
    hold_out, intervals = body.get("HeldBackData") or "", body.get("Intervals", True)
    if not isinstance(hold_out, str):
        raise invalid_value("HeldBackData", "the name of a dataset", hold_out)
    if not isinstance(intervals, bool):
        raise invalid_value("Intervals", "true or false", intervals)
    rows = choose_rows(app.storage, workspace_id, hold_out, new.model, used.model)
    loaded = app.models.get(new.model)
    found = compare_models(app, loaded, used.model, rows, intervals=intervals, wanted=wanted, shows_rows=True)
    return {
        "New": {"Name": new.name, "Version": new.version},
        "InUse": {"Name": used.name, "Version": used.version},
        **comparison_object(found),
        "Note": NOTES.get(rows.rows_of),
    }


def _version(storage: Storage, workspace_id: str, body: dict[str, Any], side: str) -> RegisteredModel:
    given = body.get(side)
    if not isinstance(given, dict) or not isinstance(given.get("Name"), str) or not given["Name"]:
        raise invalid_value(side, "an object with Name and Version, of a trained model of the workspace", given)
    return read_version(storage, workspace_id, given["Name"], str(given.get("Version", "latest")))
