"""A trained model's evaluation: its metrics, curves and confusion matrix, as frames and as notebooks show it."""

import io
import json
import zipfile
from typing import Any

from perennial.errors import PerennialError
from perennial.html_view import VERDICTS, beside_html, curve_svg, matrix_html, pairs_html, state_html, table_html
from perennial.records import frame_of

MEMBER = "evaluation.json"
MAX_BYTES = 16 << 20
# Shown in the matrix.
COUNTS = ("True Negative", "False Positive", "False Negative", "True Positive")
MAX_LABELS = 20
CURVES = {
    "roc": ("falsePositiveRate", "truePositiveRate"),
    "precisionRecall": ("recall", "precision"),
    "lift": ("share", "lift"),
    "calibration": ("meanScore", "positiveRate"),
}


class Evaluation(dict[str, float]):
    """Metrics by name; `details` has curves and the confusion matrix (docs/reference/model-file.md, Evaluation).

    Parameters
    ----------
    metrics
        The metrics of Evaluate Model.
    details
        Everything else that the model file says of the evaluation.
    title
        What was evaluated.
    """

    def __init__(self, metrics: dict[str, float], details: dict[str, Any] | None = None, title: str = "") -> None:
        super().__init__(metrics)
        self.details = details or {}
        self.title = title

    @staticmethod
    def from_model_file(content: bytes, title: str = "") -> "Evaluation":
        """Read the evaluation in a trained model's file; PerennialError if it has none that can be read."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                if file.getinfo(MEMBER).file_size > MAX_BYTES:
                    raise ValueError(f"{MEMBER} has more than {MAX_BYTES:,} bytes")
                found = json.loads(file.read(MEMBER))
            return Evaluation(found.pop("metrics"), found, title)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            text = f"The model file has no evaluation that can be read ({error})."
            raise PerennialError(0, "FileUnreadable", text) from error

    def to_frame(self, library: str | None = None) -> Any:
        """Return the metrics as a frame of one row."""
        return frame_of([dict(self)], library)

    def curve(self, name: str, library: str | None = None) -> Any:
        """Return a curve, such as `roc`, as a frame with a column for each axis; PerennialError if there is none."""
        found = self.details.get(name)
        if not isinstance(found, dict):
            known = ", ".join(item for item in CURVES if item in self.details) or "none"
            raise PerennialError(0, "NotFound", f"The evaluation has no curve '{name}'. There are: {known}.")
        columns = {axis: values for axis, values in found.items() if isinstance(values, list)}
        rows = zip(*columns.values(), strict=False)
        return frame_of([dict(zip(columns, row, strict=True)) for row in rows], library)

    def _repr_html_(self) -> str:
        matrix = self.details.get("confusionMatrix")
        labels = self.details.get("labels") or ["negative", "positive"]
        metrics = {name: value for name, value in self.items() if not (matrix and name in COUNTS)}
        parts = [pairs_html(metrics, self.title)]
        for name, title in (("roc", "ROC curve"), ("precisionRecall", "Precision and recall")):
            if name in self.details:
                across, up = CURVES[name]
                found = self.details[name]
                names = {"roc": ("false positive rate", "true positive rate")}.get(name, (across, up))
                parts.append(curve_svg(found[across], found[up], names, title, chance=name == "roc"))
        if matrix and len(matrix) <= MAX_LABELS:
            parts.append(matrix_html(matrix, labels, "Confusion matrix"))
        return beside_html(*parts)


class Comparison(dict[str, Any]):
    """The app's response to a comparison of two models on the same rows, which notebooks show as a table."""

    def to_frame(self, library: str | None = None) -> Any:
        """Return a row for each metric, with the value and the interval of both models and of the difference."""
        sides = ("InUse", "New", "Difference")
        rows = [
            {"Metric": item["Name"]}
            | {f"{side}{part}": item[side][part] for side in sides for part in ("Value", "Low", "High")}
            | {"Verdict": item["Verdict"]}
            for item in self.get("Metrics", [])
        ]
        return frame_of(rows, library)

    def _repr_html_(self) -> str:
        rows = [
            {
                "": item["Name"],
                "in use": _interval(item["InUse"]),
                "retrained": _interval(item["New"]),
                "difference": _interval(item["Difference"]),
                "verdict": state_html(item["Verdict"] or "", VERDICTS) if item["Verdict"] else None,
            }
            for item in self.get("Metrics", [])
        ]
        title = f"Both models on the same {self.get('Rows')} rows, of {self.get('RowsOf')}"
        verdict = f"{'Passed' if self.get('Passed') else 'Not passed'}: {self.get('Why')}."
        return table_html(rows, title, verdict)


def _interval(value: dict[str, Any]) -> str | None:
    if value["Value"] is None:
        return None
    between = "" if value["Low"] is None else f" [{value['Low']:.3g}, {value['High']:.3g}]"
    return f"{value['Value']:.4g}{between}"
