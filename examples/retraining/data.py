"""Data for the tutorial: the breast cancer table that ships inside scikit-learn, or a file of the user's own.

A user's file is read as the app reads it, and its rows are split as they are written, in its own encoding and with its
own separator: the app has to make of the parts what it would make of the whole.
"""

import csv
import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.retraining.experiment import (
    BOOSTED_REGRESSION,
    BOOSTED_TREE,
    DECISION_FOREST,
)
from studio.datasets.archives import unpack_file
from studio.errors import BadUserArgument
from studio.tables.leaks import leaks
from studio.tables.options import ReadingOptions
from studio.tables.profile import Reading
from studio.tables.schema import ColumnType
from studio.tables.typed_files import READABLE, read_file, text_table

CANCER_LABEL = "diagnosis"
# A table of fewer rows cannot be split three times; whole numbers with few values are classes.
MIN_ROWS, FEW_VALUES, MAX_CLASSES = 40, 10, 100
# Of each class, so many rows are in the first data; rarer classes are left out.
EACH_CLASS, MAX_BYTES = 4, 256 * 1024 * 1024
MANY_ROWS = 400


@dataclass(frozen=True, slots=True)
class TutorialData:
    """Three files with the label and a suitable learner: the first data, the later data, and rows held back from both.

    `held_back` is for comparing models: none is trained on it. `notes` tell what was found out about a user's file,
    `reading` are the properties with which Import Data reads the first part as it would read all of it.
    """

    first: Path
    later: Path
    held_back: Path
    label: str
    learner: str
    samples: list[dict[str, str]]
    notes: tuple[str, ...] = ()
    reading: dict[str, Any] = field(default_factory=dict)


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
        If the file cannot be read, or the label column is missing or suits no learner, with what to do.
    """
    own = source is not None
    if source is None:
        source, label = folder / "breast-cancer.csv", CANCER_LABEL
        write_cancer_table(source)
    name, content = _open(source)
    extension = f".{name.rpartition('.')[2].lower()}"
    try:
        reading = read_file(content, extension)
        text = text_table(content, extension, ReadingOptions(header=reading.profile.header))
    except BadUserArgument as error:
        raise ValueError(f"{source.name} cannot be read. {error.message}") from error
    names = [column.name for column in reading.columns]
    if label is None or label not in names:
        raise ValueError(_which_label(source.name, names, label))
    learner, said = choose_learner(reading, label)
    rows = [list(map(str, row)) for row in zip(*text.to_pydict().values(), strict=True)]
    place, classes = names.index(label), learner in (BOOSTED_TREE, DECISION_FOREST)
    rows = [row for row in rows if row[place].strip()]
    rare = _rare(Counter(row[place].strip() for row in rows)) if classes else []
    rows = [row for row in rows if row[place].strip() not in rare]
    if len(rows) < MIN_ROWS:
        raise ValueError(
            f"{source.name} has {len(rows)} rows with a value in '{label}'. The demonstration trains on some, retrains "
            f"on more and compares on others: it needs at least {MIN_ROWS}."
        )
    parts = _split(rows, [row[place].strip() for row in rows] if classes else None)
    suffix = ".tsv" if extension == ".tsv" else ".csv"
    first, later, held_back = (folder / f"{part}{suffix}" for part in ("first", "later", "held-back"))
    for path, part in zip((first, later, held_back), parts, strict=True):
        _write(path, names, part, reading)
    samples = [{name: cell for name, cell in zip(names, row, strict=True) if name != label} for row in parts[2][:5]]
    notes = [said, *reading.profile.notes]
    notes += [f"Column '{column}' {why}." for column, why in leaks(reading, label).items()]
    notes += [f"Rows with {', '.join(map(repr, rare[:5]))} in '{label}' are left out: too few."] if rare else []
    stated = import_properties(reading) if own else {}
    return TutorialData(first, later, held_back, label, learner, samples, tuple(notes) if own else (), stated)


def choose_learner(reading: Reading, label: str) -> tuple[str, str]:
    """Return a learner that suits the label, and a sentence that says why.

    Raises
    ------
    ValueError
        If no learner does.
    """
    found = next(item for item in reading.profile.columns if item.column.name == label)
    values, kind = found.distinct, found.column.type
    if values < 2:
        raise ValueError(f"'{label}' has {'one value' if values else 'no values'}; there is nothing to predict.")
    if values == 2:
        return BOOSTED_TREE, f"'{label}' has two values: a two-class learner."
    if kind is ColumnType.DATETIME:
        raise ValueError(f"'{label}' holds dates. Choose a column of numbers, or with a few values, as LABEL.")
    if kind is ColumnType.STRING or (kind.is_integer and values <= FEW_VALUES):
        if values > MAX_CLASSES:
            hint = f" {found.warnings[0]}." if found.warnings else ""
            raise ValueError(
                f"'{label}' has {values:,} different texts, too many to tell apart.{hint} Choose a column with at most "
                f"{MAX_CLASSES} values, or with numbers."
            )
        return DECISION_FOREST, f"'{label}' has {values} different values: a multiclass learner."
    return BOOSTED_REGRESSION, f"'{label}' has numbers: a regression learner."


def import_properties(reading: Reading) -> dict[str, Any]:
    """Return the properties of Import Data that make sure of what a part of the file could leave in doubt."""
    found: dict[str, Any] = {}
    formats = {column.name: column.format for column in reading.columns if column.format}
    if any(form.decimal == "," for form in formats.values()):
        found["Decimal mark"] = "comma"
    dates = {name: form.date for name, form in formats.items() if form.date and not set(";:\n") & set(name + form.date)}
    texts = [
        column.name
        for column in reading.columns
        if column.type is ColumnType.STRING and not (column.format and column.format.left_out)
    ]
    types = dates | {name: "text" for name in texts if not set(";:\n") & set(name)}
    if types:
        found["Column types"] = "; ".join(f"{name}: {wanted}" for name, wanted in types.items())
    return found


def _open(source: Path) -> tuple[str, bytes]:
    """Return the name and content of the table in a file; ValueError says what is wrong with the path."""
    if source.is_dir():
        raise ValueError(f"{source} is a folder. Name a file in it as DATA.")
    if not source.exists():
        near = [path.name for path in source.parent.glob("*")] if source.parent.is_dir() else []
        close = difflib.get_close_matches(source.name, near, 1)
        hint = f" Did you mean {source.parent / close[0]}?" if close else ""
        raise ValueError(f"There is no file {source}, seen from {Path.cwd()}.{hint}")
    extension = source.suffix.lower()
    if extension not in (*READABLE, ".gz", ".zip"):
        raise ValueError(f"{source.name} must end in one of {', '.join((*READABLE, '.gz', '.zip'))}. Export it as CSV.")
    try:
        return unpack_file(source.name, source.read_bytes(), MAX_BYTES)
    except BadUserArgument as error:
        raise ValueError(error.message) from error
    except OSError as error:
        raise ValueError(f"{source} cannot be opened: {error.strerror}.") from error


def _which_label(file: str, names: Sequence[str], label: str | None) -> str:
    close = difflib.get_close_matches(label or "", names, 1, 0.5)
    folded = [name for name in names if label and name.lower() == label.strip().lower()]
    hint = f" Did you mean LABEL={(folded or close)[0]!r}?" if folded or close else ""
    lacking = f"There is no column '{label}'." if label else "Name the column to predict with LABEL=…."
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return f"{lacking}{hint} {file} has {', '.join(names[:40])}{more}."


def _rare(counts: Counter[str]) -> list[str]:
    return sorted(value for value, count in counts.items() if count < 2 * EACH_CLASS or value == "?")


def _split(rows: list[list[str]], classes: list[str] | None) -> tuple[list[list[str]], ...]:
    """Return the first, the later and the held-back rows; each class is in all three."""
    step = 8 if len(rows) >= MANY_ROWS else 2
    kept, others = list(range(len(rows)))[3::4], [place for place in range(len(rows)) if place % 4 != 3]
    first = others[::step]
    if classes is not None:
        seen = Counter(classes[place] for place in first)
        if any(seen[value] < EACH_CLASS for value in set(classes)):
            first, others, kept = _by_class(classes, step)
    return tuple([rows[place] for place in sorted(part)] for part in (first, others, kept))


def _by_class(classes: list[str], step: int) -> tuple[list[int], list[int], list[int]]:
    first: list[int] = []
    others: list[int] = []
    kept: list[int] = []
    for value in sorted(set(classes)):
        places = [place for place, found in enumerate(classes) if found == value]
        mine = [place for number, place in enumerate(places) if number % 4 != 3]
        first += mine[::step] if len(mine[::step]) >= EACH_CLASS else mine[:EACH_CLASS]
        others += mine
        kept += places[3::4]
    return first, others, kept


def _write(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]], reading: Reading) -> None:
    dialect = reading.profile.dialect
    encoding = {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(dialect.encoding, dialect.encoding)
    separator = dialect.separator or ","
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(names)
        writer.writerows(rows)
