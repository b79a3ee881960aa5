"""Data for the tutorial: the breast cancer table that ships inside scikit-learn, or the user's own CSV."""

import csv
from dataclasses import dataclass
from pathlib import Path

from examples.retraining.experiment import BOOSTED_TREE, LINEAR_REGRESSION

CANCER_LABEL = "diagnosis"


@dataclass(frozen=True, slots=True)
class TutorialData:
    """Three files with the label and a suitable learner: the first data, the later data, and rows held back from both.

    `held_back` is for comparing models: none is trained on it.
    """

    first: Path
    later: Path
    held_back: Path
    label: str
    learner: str
    samples: list[dict[str, str]]


def write_cancer_table(path: Path) -> None:
    """Write scikit-learn's breast cancer table as CSV, with the label as text."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*data.feature_names, CANCER_LABEL])
        for row, target in zip(data.data, data.target, strict=True):
            writer.writerow([*row, data.target_names[target]])


def prepare_data(folder: Path, source: Path | None, label: str | None) -> TutorialData:
    """Split the source: a quarter is held back, the rest is the later data, and an eighth of that the first data.

    Raises
    ------
    ValueError
        If the label column is missing, listing the columns, or not suitable for any learner.
    """
    if source is None:
        source, label = folder / "breast-cancer.csv", CANCER_LABEL
        write_cancer_table(source)
    with source.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), list(reader.fieldnames or [])
    if label is None or label not in names:
        raise ValueError(f"Name the column to predict with LABEL=…; {source.name} has {', '.join(names)}.")
    first, later, held_back = folder / "first.csv", folder / "later.csv", folder / "held-back.csv"
    kept, others = rows[3::4], [row for place, row in enumerate(rows) if place % 4 != 3]
    _write(first, names, others[::8])
    _write(later, names, others)
    _write(held_back, names, kept)
    samples = [{name: value for name, value in row.items() if name != label} for row in kept[:5]]
    return TutorialData(first, later, held_back, label, _choose_learner(rows, label), samples)


def _choose_learner(rows: list[dict[str, str]], label: str) -> str:
    values = {row[label].strip() for row in rows} - {"", "?"}
    if len(values) == 2:
        return BOOSTED_TREE
    try:
        [float(value) for value in values]
    except ValueError:
        raise ValueError(
            f"The label must have two values or be numeric; '{label}' has {len(values)} different texts."
        ) from None
    return LINEAR_REGRESSION


def _write(path: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
