"""What a comparison of two models shows beside its metrics: the rows that change sides, and what charts are drawn from.

Both models have scored the same rows. Everything is bounded: rows and pairs by what the caller asks for, columns and
cells by what a page can show.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.batches import labelled_batches
from studio.model.exact_evaluation import exact_details
from studio.model.hold_out import Scores
from studio.model.loaded import LoadedModel
from studio.model.manifest import MULTICLASS, QUANTILES, TWO_CLASS
from studio.model.resampling import SEED
from studio.model.scores import THRESHOLD, scored_codes
from studio.wire import invalid_value, is_whole_number

MAX_ROWS, MAX_PAIRS, MAX_LABELS, MAX_SIDES = 500, 5000, 100, 100
MAX_COLUMNS, MAX_CELL = 100, 200
DEFAULT_ROWS, DEFAULT_PAIRS = 100, 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for: how many changed rows and pairs of scores, and the threshold of two classes."""

    rows: int = DEFAULT_ROWS
    pairs: int = DEFAULT_PAIRS
    threshold: float = THRESHOLD


@dataclass(frozen=True, slots=True)
class _Side:
    """One model's decisions and scores for the rows that both know, and the truth; labels are None for numbers."""

    labels: Any
    scores: Any
    truth: Any


def read_wanted(value: Any) -> Wanted | None:
    """Read `Details` of a request: true, or an object with Rows, Pairs and Threshold; None if it is left out or false.

    Raises
    ------
    BadArgument
        If it is anything else; the message says what is accepted.
    """
    if value is None or value is False:
        return None
    if value is True:
        return Wanted()
    if not isinstance(value, dict):
        raise invalid_value("Details", "true, or an object with Rows, Pairs and Threshold", value)
    sizes = {}
    for name, default, most in (("Rows", DEFAULT_ROWS, MAX_ROWS), ("Pairs", DEFAULT_PAIRS, MAX_PAIRS)):
        sizes[name] = value.get(name, default)
        if not is_whole_number(sizes[name]) or not 0 <= sizes[name] <= most:
            raise invalid_value(f"Details.{name}", f"a whole number from 0 to {most}", sizes[name])
    threshold = value.get("Threshold", 0.5)
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise invalid_value("Details.Threshold", "a number from 0 to 1", threshold)
    return Wanted(sizes["Rows"], sizes["Pairs"], THRESHOLD if threshold == 0.5 else float(threshold))


def details_object(
    new: Scores, used: Scores, known: Any, wanted: Wanted, rows_of: tuple[LoadedModel, bytes, str] | None
) -> dict[str, Any]:
    """Return the details as the API shows them.

    Parameters
    ----------
    known : ndarray of int
        The positions of the rows whose label both models know.
    rows_of
        The new model and the file whose rows to show with their cells; None for a caller who may not see them.
    """
    sides = {"New": _side(new, known, wanted), "InUse": _side(used, known, wanted)}
    mine, theirs = sides["New"], sides["InUse"]
    moved = np.abs(mine.scores - theirs.scores)
    changed = np.arange(len(known)) if mine.labels is None else np.flatnonzero(mine.labels != theirs.labels)
    shown = changed[np.argsort(-moved[changed], kind="stable")][: wanted.rows]
    return {
        "Task": new.manifest.task,
        "Label": new.manifest.label.name,
        "Labels": list(new.manifest.labels),
        "Threshold": 0.5 if wanted.threshold == THRESHOLD else wanted.threshold,
        "Changed": None if mine.labels is None else len(changed),
        "Sides": [] if mine.labels is None else _sides(mine, theirs, changed),
        "Rows": _row_objects(sides, known, shown, rows_of),
        "Pairs": _pairs(mine, theirs, wanted.pairs),
        "Confusion": {name: _confusion(side, new.manifest.labels) for name, side in sides.items()},
        "Evaluations": {name: _evaluation(item, known) for name, item in (("New", new), ("InUse", used))},
    }


def _side(scores: Scores, known: Any, wanted: Wanted) -> _Side:
    manifest, values, truth = scores.manifest, scores.values[known], scores.truth[known]
    names = np.array(manifest.labels, dtype=object)
    if manifest.task == TWO_CLASS:
        return _Side(names[(values[:, 0] > wanted.threshold).astype(int)], values[:, 0], names[truth.astype(int)])
    if manifest.task == MULTICLASS:
        decided = scored_codes(values, manifest.task)
        return _Side(names[decided], values[np.arange(len(values)), decided], names[truth.astype(int)])
    column = 0
    if manifest.task == QUANTILES:
        column = int(np.abs(np.array([float(label) for label in manifest.labels]) - 0.5).argmin())
    return _Side(None, values[:, column], truth)


def _sides(mine: _Side, theirs: _Side, changed: Any) -> list[dict[str, Any]]:
    """Return from which label to which rows change, and how many are then right, the most frequent change first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for place in changed.tolist():
        before, after, truth = theirs.labels[place], mine.labels[place], mine.truth[place]
        found = counts.setdefault((before, after), [0, 0, 0])
        found[0] += 1
        found[1] += after == truth
        found[2] += before == truth
    largest = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))[:MAX_SIDES]
    return [
        {"From": before, "To": after, "Rows": rows, "NowRight": right, "BeforeRight": was}
        for (before, after), (rows, right, was) in largest
    ]


def _row_objects(
    sides: dict[str, _Side], known: Any, shown: Any, rows_of: tuple[LoadedModel, bytes, str] | None
) -> list[dict[str, Any]]:
    positions = known[shown].tolist()
    cells = _read_cells(*rows_of, positions) if rows_of and positions else {}
    return [
        {
            "Row": position + 1,
            "Inputs": cells.get(position),
            "Truth": _cell(sides["New"].truth[place]),
            **{
                name: {
                    "Label": None if side.labels is None else side.labels[place],
                    "Score": float(side.scores[place]),
                }
                for name, side in sides.items()
            },
        }
        for position, place in zip(positions, shown.tolist(), strict=True)
    ]


def _read_cells(
    model: LoadedModel, content: bytes, extension: str, positions: list[int]
) -> dict[int, dict[str, str | None]]:
    """Return the cells of rows of a file, as they are there, by position."""
    names = [column.name for column in model.file.encoder.sources[:MAX_COLUMNS]]
    wanted, start, found = sorted(positions), 0, dict[int, dict[str, str | None]]()
    for batch in labelled_batches(model, content, extension, model.file.manifest.label):
        here = [position - start for position in wanted if start <= position < start + batch.num_rows]
        columns = [batch[name].take(here).to_pylist() for name in names] if here else []
        for place, cells in zip(here, zip(*columns, strict=True), strict=False):
            found[start + place] = dict(zip(names, map(_text, cells), strict=True))
        start += batch.num_rows
    return found


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell)[:MAX_CELL]


def _cell(truth: Any) -> str | float:
    return truth if isinstance(truth, str) else float(truth)


def _pairs(mine: _Side, theirs: _Side, most: int) -> dict[str, list[Any]]:
    """Return both scores and the truth of each row, of a sample if there are many."""
    places = np.arange(len(mine.scores))
    if len(places) > most:
        places = np.sort(np.random.default_rng(SEED).choice(len(places), most, replace=False))
    return {
        "New": mine.scores[places].tolist(),
        "InUse": theirs.scores[places].tolist(),
        "Truth": [_cell(item) for item in mine.truth[places]],
    }


def _confusion(side: _Side, labels: tuple[str, ...]) -> list[list[int]] | None:
    """Return how many rows of each label (rows) were given which label (columns); None for numbers or many labels."""
    if side.labels is None or len(labels) > MAX_LABELS:
        return None
    codes = {name: code for code, name in enumerate(labels)}
    if any(name not in codes for name in {*side.labels, *side.truth}):
        return None
    matrix = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(matrix, ([codes[name] for name in side.truth], [codes[name] for name in side.labels]), 1)
    return matrix.tolist()


def _evaluation(scores: Scores, known: Any) -> dict[str, Any]:
    """Return what charts of one model are drawn from, as a run's evaluation has it under `details`."""
    manifest, truth = scores.manifest, scores.truth[known]
    classes = manifest.task in (TWO_CLASS, MULTICLASS)
    return exact_details(
        manifest.task, truth.astype(np.int64) if classes else truth, scores.values[known], manifest.labels
    )
