"""Compares a trained model with the one that an endpoint uses: both on the same rows, with confidence intervals."""

from dataclasses import dataclass
from typing import Any

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, TooLarge
from studio.model.hold_out import LESS_IS_BETTER, Compared, compare_scores, score_both
from studio.model.loaded import LoadedModel
from studio.model.resampling import CONFIDENCE
from studio.registry.models import find_evaluation_rows
from studio.rollout.comparison_details import Wanted, details_object
from studio.serving.app import App
from studio.storage.account import Storage

# What is compared while a caller waits; challenges of retraining policies, which are queued, may be larger.
MAX_BYTES = 32 * 1024 * 1024
IN_USE, NEW = "the model in use's evaluation", "the new model's evaluation"
NOTES = {
    IN_USE: "These are the rows that the model in use was evaluated on. The new model was trained on some of them if "
    "they are in its training data, too; a dataset that neither was trained on (HeldBackData) is a stricter test.",
    NEW: "The rows that the model in use was evaluated on are unknown: it comes from outside, from an earlier version, "
    "or from an experiment without Evaluate Model. These are the rows that the new model was evaluated on; the model "
    "in use may have been trained on some of them.",
}


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Rows to compare models on, as a file, and whose they are."""

    rows_of: str
    content: bytes
    extension: str = ".csv"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The metrics of a new model (first) and the model in use (second) on the same rows, and whose rows they are."""

    rows_of: str
    count: int
    metrics: dict[str, Compared]
    details: dict[str, Any] | None = None

    @property
    def main_metric(self) -> str:
        """The metric that decides if nobody names one: the first that Evaluate Model shows."""
        return next(iter(self.metrics))


def read_held_back(storage: Storage, workspace_id: str, name: str, limit: int | None = None) -> HeldBack:
    """Return the rows of a dataset of the workspace.

    Raises
    ------
    BadArgument
        If there is no such dataset.
    TooLarge
        If it has more bytes than the limit.
    """
    data = WorkspaceData(storage, workspace_id)
    found = data.unpack(data.read_dataset(name))
    if len(found) != 1:
        raise BadArgument(
            "BadParameterValue", f"HeldBackData must name one dataset, got '{name}', which {len(found)} match.", name
        )
    ((path, content),) = found
    if limit is not None and len(content) > limit:
        raise TooLarge(
            "OutOfMemoryLimit",
            f"'{name}' has {len(content)} bytes; models are compared on at most {limit}. Use fewer rows: intervals "
            "are computed from 10,000 rows at most.",
            "HeldBackData",
        )
    return HeldBack(name, content, f".{path.rpartition('.')[2].lower()}")


def choose_rows(storage: Storage, workspace_id: str, hold_out: str, challenger: str, champion: str) -> HeldBack:
    """Return the rows to compare two models on while a caller waits.

    Those are the rows of the dataset that the caller names, else those that the model in use was evaluated on, else
    those that the new model was evaluated on.

    Parameters
    ----------
    hold_out
        The dataset's name, or empty.
    challenger, champion
        The hashes of the new model and of the one in use.

    Raises
    ------
    BadArgument
        If no dataset is named and the rows of neither model are known.
    """
    if hold_out:
        return read_held_back(storage, workspace_id, hold_out, MAX_BYTES)
    for rows_of, digest in ((IN_USE, champion), (NEW, challenger)):
        content = find_evaluation_rows(storage, digest)
        if content is not None:
            return HeldBack(rows_of, content)
    raise BadArgument(
        "EvaluationRowsUnknown",
        "The rows that the two models were evaluated on are unknown: they come from outside, from an earlier version, "
        "or from an experiment without Evaluate Model. Name a dataset with labels that neither was trained on as "
        "HeldBackData.",
        "HeldBackData",
    )


def compare_models(
    app: App,
    challenger: LoadedModel,
    champion: str,
    rows: HeldBack,
    *,
    intervals: bool = False,
    wanted: Wanted | None = None,
    shows_rows: bool = False,
) -> Comparison:
    """Measure a new model and the one in use, given by its hash, on the same rows; a gate needs no intervals.

    Parameters
    ----------
    wanted
        What to tell beside the metrics, such as the rows that change sides.
    shows_rows
        Whether the caller may see the rows' cells.
    """
    one, other, known = score_both(challenger, app.models.get(champion), rows.content, rows.extension)
    metrics = compare_scores(one, other, known, intervals=intervals)
    if wanted is None:
        return Comparison(rows.rows_of, len(known), metrics)
    rows_of = (challenger, rows.content, rows.extension) if shows_rows else None
    return Comparison(rows.rows_of, len(known), metrics, details_object(one, other, known, wanted, rows_of))


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as the API shows it."""
    return {
        "RowsOf": comparison.rows_of,
        "Rows": comparison.count,
        "Confidence": CONFIDENCE,
        "Note": NOTES.get(comparison.rows_of),
        "Metrics": [_metric_object(name, item) for name, item in comparison.metrics.items()],
    } | ({"Details": comparison.details} if comparison.details is not None else {})


def _metric_object(name: str, item: Compared) -> dict[str, Any]:
    better = item.difference_interval
    sign = -1 if name in LESS_IS_BETTER else 1
    verdict = None
    if better is not None:
        low, high = sorted(sign * end for end in better)
        verdict = "better" if low > 0 else "worse" if high < 0 else "no clear difference"
    return {
        "Name": name,
        "LessIsBetter": name in LESS_IS_BETTER,
        "New": _value_object(item.first, item.first_interval),
        "InUse": _value_object(item.second, item.second_interval),
        "Difference": _value_object(item.difference, item.difference_interval),
        "Verdict": verdict,
    }


def _value_object(value: float | None, ends: tuple[float, float] | None) -> dict[str, Any]:
    low, high = ends or (None, None)
    return {"Value": value, "Low": low, "High": high}
