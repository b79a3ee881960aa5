"""Thirty composed pipelines from scikit-learn's own examples and user guide, by name, for `make parity`.

Each is fitted twice: by scikit-learn alone on the frame, and as the app does; both score rows that neither has seen.
Data comes with scikit-learn, or is drawn here.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from examples.parity.estimators import ONNX, REFUSED, Verdict, compare
from examples.parity.framed import read_frame
from examples.parity.pipelines import CASES
from perennial.estimators import write_estimator
from studio.model.manifest import ANOMALY, MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.parity import TOLERANCE
from studio.model.pipeline import score_with_pipeline
from studio.model.scikit.codec import make_estimator
from studio.model.scikit.frame import FrameModel
from studio.model.scikit.vectorizers import COUNTED_TEXTS

# Two fits on the same rows: solvers stop where rounding errors tell them to.
SAME_FIT = 1e-3
HELD_BACK = 4


@dataclass(frozen=True)
class Case:
    """A pipeline, where it is from, and the function that returns its frame and target."""

    source: str
    make: Callable[[], Any]
    data: Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Composed:
    """The verdict over a pipeline, and how far its scores of new rows are from those of the notebook."""

    verdict: Verdict
    apart: float


def judge_composed(case: Case) -> Composed:
    """Publish a pipeline as the app does, and score rows that it was not fitted to both ways."""
    frame, target = case.data()
    estimator = case.make()
    held = np.arange(len(frame)) % HELD_BACK == 0
    task, classes = _task(target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            document = json.loads(json.dumps(write_estimator(estimator)))
            framed = read_frame(frame[~held], document)
            matrix, codes = framed.matrix(frame), None if target is None else _codes(target, classes)
            np.random.seed(0)
            made = make_estimator(framed.document, [COUNTED_TEXTS])
            model = FrameModel(made, [column.to_json() for column in framed.columns], task, classes)
            model.fit(matrix[~held], None if codes is None else codes[~held])
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error)[:110]}".replace("\n", " ")
            return Composed(Verdict(case.source, task, REFUSED, 0.0, reason), 0.0)
        verdict = compare(case.source, task, model, matrix[~held], task, framed.encoder())
        np.random.seed(0)
        direct = clone(estimator)
        rows = frame.iloc[:, 0] if len(frame.columns) == 1 and framed.counted else frame
        direct.fit(rows[~held]) if target is None else direct.fit(rows[~held], target[~held])
        return Composed(verdict, _apart(direct, rows[held], score_with_pipeline(model, task, matrix[held]), task))


def _task(target: Any) -> tuple[str, list[Any]]:
    if target is None:
        return ANOMALY, []
    if target.dtype.kind == "f":
        return REGRESSION, []
    classes = sorted(set(target.tolist()))
    return TWO_CLASS if len(classes) == 2 else MULTICLASS, classes


def _codes(target: Any, classes: list[Any]) -> Any:
    return np.array([classes.index(value) for value in target.tolist()]) if classes else target


def _apart(direct: Any, rows: Any, scores: Any, task: str) -> float:
    """Return the largest difference of what both say: relative for numbers, of probabilities, or of outliers' share."""
    if task == REGRESSION:
        expected = np.asarray(direct.predict(rows)).reshape(-1, 1)
        return float((np.abs(scores - expected) / np.maximum(1.0, np.abs(expected).max())).max())
    if task == ANOMALY:
        return float(np.mean((direct.predict(rows) == -1) != (scores[:, 0] > 0.5)))
    if hasattr(direct, "predict_proba"):
        found = direct.predict_proba(rows)
        return float(np.abs(scores - (found[:, 1:] if task == TWO_CLASS else found)).max())
    chosen = (scores[:, 0] > 0.5).astype(int) if task == TWO_CLASS else scores.argmax(axis=1)
    return float(np.mean(direct.classes_[chosen] != direct.predict(rows)))


def report_composed(wanted: str = "") -> int:
    """Print the table and return 1 if a pipeline scores wrongly."""
    found = [judge_composed(Case(*case)) for case in CASES if wanted in case[0].lower()]
    print("\nPipelines of scikit-learn's examples and user guide, and new rows scored both ways:\n")
    for item in found:
        shown = f"{item.verdict.difference:.1e}" if item.verdict.way == ONNX else item.verdict.reason
        print(f"{item.verdict.name:72} {item.verdict.way:8} {item.apart:8.1e}  {shown[:110]}", flush=True)
    ways = {way: sum(item.verdict.way == way for item in found) for way in ("onnx", "skops", REFUSED)}
    wrong = [item for item in found if item.apart > SAME_FIT or item.verdict.difference > TOLERANCE]
    print(
        f"\n{len(found)} pipelines: {', '.join(f'{count} {way}' for way, count in ways.items())}, {len(wrong)} wrong."
    )
    return int(bool(wrong))
