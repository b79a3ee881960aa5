"""Writes an experiment document to start from, for a table and the column to predict."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.errors import PerennialError
from perennial.names import not_found
from perennial.table_files import read_table

TWO_CLASSES, CLASSES, NUMBERS = "two classes", "several classes", "numbers"
# The first of each kind is the default.
LEARNERS = {
    TWO_CLASSES: (
        "Two-Class Boosted Decision Tree",
        "Two-Class Averaged Perceptron",
        "Two-Class Bayes Point Machine",
        "Two-Class Decision Forest",
        "Two-Class Decision Jungle",
        "Two-Class Locally-Deep Support Vector Machine",
        "Two-Class Logistic Regression",
        "Two-Class Neural Network",
        "Two-Class Support Vector Machine",
    ),
    CLASSES: (
        "Multiclass Decision Forest",
        "MultiClass Boosted Decision Tree",
        "Multiclass Decision Jungle",
        "Multiclass Logistic Regression",
        "Multiclass Neural Network",
    ),
    NUMBERS: (
        "Boosted Decision Tree Regression",
        "Bayesian Linear Regression",
        "Decision Forest Regression",
        "Fast Forest Quantile Regression",
        "Linear Regression",
        "Neural Network Regression",
        "Poisson Regression",
    ),
}
MISSING = ("", "?", "na", "n/a", "nan", "null", "none")
# Fewer different whole numbers, each of them often, are taken for classes: digits, grades.
MOST_CLASSES_OF_NUMBERS = 10
MOST_CLASSES = 1000
ROWS_PER_CLASS = 5
DECORATED = re.compile(r"[\s'$€£¥%]")


@dataclass(frozen=True, slots=True)
class Draft:
    """An experiment document, the learner in it, why that one, and what a person should know of the table."""

    document: dict[str, Any]
    learner: str
    why: str
    notes: tuple[str, ...]


def draft_experiment(path: Path, label: str, learner: str | None = None) -> Draft:
    """Return an experiment that learns to predict a column of a CSV or TSV file.

    Parameters
    ----------
    path
        The file; its name is the name of the dataset that the experiment imports.
    label
        The column to predict.
    learner
        Name of a learner module; by default, one that suits the label: two classes, several, or numbers.

    Raises
    ------
    PerennialError
        If the file cannot be read, has no such column, or its values suit no learner, or not the one named.
    """
    counts, label, others = read_table(path, lambda rows: _count_labels(rows, label))
    missing = sum(count for value, count in counts.items() if value.lower() in MISSING)
    values = Counter({value: count for value, count in counts.items() if value.lower() not in MISSING})
    kind, why = _judge(values, label)
    chosen = _find_learner(learner, kind, label) if learner else LEARNERS[kind][0]
    notes = [f"{missing} rows have no value of '{label}': they are not learned from."] if missing else []
    if not others:
        raise PerennialError(0, "NothingToLearnFrom", f"{path} has no column besides '{label}' to predict it from.")
    return Draft(training_document(path.name, label, chosen), chosen, why, tuple(notes))


def _count_labels(rows: Iterator[list[str]], label: str) -> tuple[Counter[str], str, int]:
    """Return how often each value of the label occurs, its exact name, and the number of other columns."""
    names = [name.strip() for name in next(rows, [])]
    found = names.index(label) if label in names else _only_match(names, label)
    cells = (row[found].strip() for row in rows if len(row) > found)
    return Counter(cells), names[found], len(names) - 1


def _only_match(names: list[str], label: str) -> int:
    alike = [place for place, name in enumerate(names) if name.lower() == label.lower()]
    if len(alike) != 1:
        raise not_found("--label: the file has no column", label, names)
    return alike[0]


def _judge(values: Counter[str], label: str) -> tuple[str, str]:
    """Return the kind of a label, and the reason in words."""
    total = sum(values.values())
    if len(values) < 2:
        only = f"only '{next(iter(values))}'" if values else "no value"
        raise PerennialError(0, "LabelUnsuitable", f"'{label}' has {only}: there is nothing to predict.")
    if len(values) == 2:
        first, second = sorted(values)
        return TWO_CLASSES, f"'{label}' has two values, '{first}' and '{second}'"
    if all(_is_number(value) for value in values):
        whole = all(float(value).is_integer() for value in values if _is_plain(value)) and all(map(_is_plain, values))
        if whole and len(values) <= MOST_CLASSES_OF_NUMBERS and min(values.values()) >= ROWS_PER_CLASS:
            text = f"'{label}' has {len(values)} different whole numbers; name a regression with --learner if they are"
            return CLASSES, f"{text} amounts"
        return NUMBERS, f"'{label}' has {len(values)} different numbers"
    if len(values) > min(MOST_CLASSES, total / 2):
        examples = ", ".join(f"'{value}'" for value in itertools.islice(values, 3))
        raise PerennialError(
            0,
            "LabelUnsuitable",
            f"'{label}' has {len(values)} different texts in {total} rows, such as {examples}: neither "
            "classes nor numbers. Name another column.",
        )
    return CLASSES, f"'{label}' has {len(values)} different values"


def _is_plain(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_number(value: str) -> bool:
    """Return whether a text is a number, perhaps with a currency, a percent sign or separators."""
    return _is_plain(value) or _is_plain(DECORATED.sub("", value).replace(".", "").replace(",", ""))


def _find_learner(name: str, kind: str, label: str) -> str:
    known = {item.lower(): item for items in LEARNERS.values() for item in items}
    found = known.get(name.lower())
    if found is None:
        raise not_found("--learner: there is no learner", name, LEARNERS[kind])
    numbers_as_classes = kind == CLASSES and found in LEARNERS[NUMBERS]
    if found not in LEARNERS[kind] and not numbers_as_classes:
        accepted = ", ".join(LEARNERS[kind])
        raise PerennialError(
            0, "LabelUnsuitable", f"{found} does not suit '{label}', which has {kind}. Accepted: {accepted}."
        )
    return found


def training_document(dataset: str, label: str, learner: str) -> dict[str, Any]:
    """Return an experiment that trains a learner to predict a column of a dataset, and evaluates it on a part of it."""
    results = "Results dataset"
    return {
        "description": f"Predicts {label}",
        "modules": {
            "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": dataset}},
            "Mark missing values": {
                "module": "Convert to Dataset",
                "properties": {"Action": "SetMissingValues", "Custom Missing Value": "?"},
            },
            "Split": {
                "module": "Split Data",
                "properties": {"Fraction of rows in the first output dataset": 0.7, "Random seed": 42},
            },
            "Learner": {"module": learner},
            "Train": {"module": "Train Model", "properties": {"Label column": label}},
            "Score": {"module": "Score Model"},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Data", results], "to": ["Mark missing values", "Dataset"]},
            {"from": ["Mark missing values", results], "to": ["Split", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Split", "Results dataset1"], "to": ["Train", "Dataset"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Split", "Results dataset2"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Mark missing values", "Dataset"]}],
        "webServiceOutputs": [
            {"name": "output1", "from": ["Train", "Trained model"]},
            {"name": "output2", "from": ["Evaluate", "Evaluation results"]},
        ],
    }
