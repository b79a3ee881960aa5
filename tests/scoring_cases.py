"""Models with rows and the answers of the web service: what the scorer in the browser is held against.

`python -m tests.scoring_cases web/scoring/cases` writes one file for each learner, each kind of transformation, and
models of other libraries; a second argument is the start of the names of those to write.
"""

import base64
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from studio.graph.dataset import Dataset, dataset_from_table
from studio.model.container import ModelFile, write_model_file
from studio.model.loaded import LoadedModel, open_model
from studio.model.packaging import package_model
from studio.model.trained import TrainedModel
from studio.tables.profile import read_profiled
from studio.tables.schema import Cell
from tests.builders import (
    clean_people,
    learner_names,
    people_csv,
    score_rows,
    train_on,
)
from tests.unit.test_foreign_models import HELD_BACK, facts, imported
from tests.unit.test_texts import CASES as TEXTS
from tests.unit.test_texts import reviews
from tests.unit.test_texts import through as through_texts
from tests.unit.test_transforms import CASES as TRANSFORMS
from tests.unit.test_transforms import through

# Cells as callers send them: plain, missing in every way, unseen, written otherwise, and out of range.
CELLS: dict[str, list[Any]] = {
    "age": [34, "51", None, "", "NaN", "1e2", " 27.5 ", -3, "1e308", True, 0, "-0.0"],
    "hours": ["40", 38.25, None, "  ", "NA", "4e1", "+12", 1e-7, 123456789.5, "0", False, "inf"],
    "city": ["Lima", "Kyoto", None, "", "Atlantis", "lima", "Ærø", 5, "?", "x" * 300, True, " Cairo"],
    "smoker": ["true", "False", None, "", "maybe", " TRUE ", "false", 1, "NaN", "0", False, 0.0],
    "bought": ["yes", "no", None, "", "maybe", "yes", "no", "yes", "no", "yes", "no", "yes"],
}
MONEY = ["1.234,50 EUR", "1234.5", "12,5", None, "(3,5)", "-1.000", "EUR 7", "1,2,3", "1e3", "\u22125,0 EUR", "", "--1"]
DATES = [
    "2015-03-01",
    "2015-03-01T10:00:00Z",
    "20150301T1000",
    "2015-03-01 10:00:00.123456789+02:30",
    "2015-12-31T23:59:59-08:00",
    "1969-12-31T23:59:59.5",
    "0001-01-01",
    None,
    "NaT",
    "2015-02-29",
    "2016-02-29T24:00:00",
    "1.3.2015",
    17,
]
# So that a file is small; what is computed is the same.
FEW = {
    "Number of decision trees": 3,
    "Number of Trees": 3,
    "Total number of trees constructed": 4,
    "Number of trees": 3,
    "Number of decision DAGs": 2,
    "Maximum number of leaves per tree": 8,
}
# One of each library of tests/data/imported.
FOREIGN = (
    "catboost-digits",
    "keras-digits",
    "lightgbm-breast_cancer",
    "skl2onnx-breast_cancer",
    "torch-digits",
    "xgboost-diabetes",
)
# Reviews of test_texts.py.
WORDS = ["A good, cheap one", "bad", None, "", "Nothing known here", "good good GOOD it's", "x" * 500]


def small(learner: str) -> dict[str, Any]:
    """Return the properties that keep a learner's model small."""
    from studio.graph.palette import find_module

    module = find_module(learner)
    names = {item.name for item in module.properties} if module else set()
    return {name: value for name, value in FEW.items() if name in names}


def profiled(text: str) -> Dataset:
    """Return the dataset of a file, its cells read as the profile of the file says."""
    reading = read_profiled(text.encode(), ".csv")
    return dataset_from_table(reading.table, reading.columns)


def as_in_germany() -> TrainedModel:
    """Return a model of a table with decimal commas and a unit."""
    header, *lines = people_csv(90, seed=4, missing=False).splitlines()
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[2] = f"{float(row[2]) * 100:,.2f} EUR".translate(str.maketrans(",.", ".,"))
    text = "\n".join([header.replace(",", ";"), *map(";".join, rows)])
    return train_on("Two-Class Logistic Regression", profiled(text))


def with_dates() -> TrainedModel:
    """Return a model with a column of dates."""
    rows = "".join(
        f"20{10 + i % 15}-0{1 + i % 9}-{10 + i % 18}T0{i % 9}:30:00,{'yes' if i % 3 else 'no'}\n" for i in range(60)
    )
    learner = "Two-Class Boosted Decision Tree"
    return train_on(learner, profiled("when,bought\n" + rows), **small(learner))


def foreign(name: str) -> tuple[ModelFile, list[dict[str, Any]]]:
    """Return an imported model with rows: some that were held back, then a missing, a far and a wrong one."""
    held_back = HELD_BACK[facts(name)["data"]][0][:6].round(6)
    rows: list[dict[str, Any]] = [{f"x{place}": float(value) for place, value in enumerate(row)} for row in held_back]
    return imported(name)[0], [*rows, {}, rows[0] | {"x0": "1e30"}, rows[0] | {"x0": "many"}]


def trained() -> dict[str, tuple[TrainedModel, list[dict[str, Any]]]]:
    """Return the models that this app trains by name, each with rows."""
    people = clean_people(90, seed=3)
    rows = [{name: values[index] for name, values in CELLS.items()} for index in range(len(CELLS["age"]))]
    found = {name: (train_on(name, people, **small(name)), rows) for name in learner_names()}
    learner = "Two-Class Logistic Regression"
    for name, steps in TRANSFORMS.items():
        found[f"transform {name}"] = (train_on(learner, through(steps, people)), rows)
    money = [dict(row, hours=cell) for row, cell in zip(rows, MONEY, strict=False)]
    found["written as in Germany"] = (as_in_germany(), [row | {"age": 30, "smoker": True} for row in money])
    found["dates"] = (with_dates(), [{"when": cell} for cell in DATES])
    texts = [{"review": text, "price": 3, "bought": "yes", "stars": 2} for text in WORDS]
    for name, chain in TEXTS.items():
        model = train_on(learner, through_texts(chain, reviews()))
        if model.encoder.width < 600:
            found[f"text {name}"] = (model, texts)
    return found


def as_json(cell: Cell) -> Any:
    """Return a cell as JSON has it: infinite numbers and NaN, which it lacks, as their names."""
    return {"float": repr(cell)} if isinstance(cell, float) and not math.isfinite(cell) else cell


def answer(file: ModelFile, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a case: the model file, the rows, and for each row the answer of the web service or its error."""
    loaded: LoadedModel = open_model(file, 1)
    names = [column.name for column in loaded.encoder.sources]

    def score(row: dict[str, Any]) -> list[Any] | dict[str, str]:
        try:
            return list(map(as_json, score_rows(loaded, [[row.get(name) for name in names]])[0]))
        except ValueError as error:
            return {"error": str(error)}

    return {
        "runtime": file.manifest.runtime,
        "model": base64.b64encode(write_model_file(file)).decode(),
        "rows": [{name: row[name] for name in names if name in row} for row in rows],
        "answers": [score(row) for row in rows],
    }


def cases(start: str = "") -> Iterator[tuple[str, ModelFile, list[dict[str, Any]]]]:
    """Yield the name, the model file and the rows of each case whose name starts so."""
    for name in FOREIGN:
        if f"foreign {name}".startswith(start):
            yield f"foreign {name}", *foreign(name)
    if start.startswith("foreign"):
        return
    for name, (model, rows) in trained().items():
        if name.startswith(start):
            yield name, package_model(model, "x", evaluated=[], evaluation=None, lineage={}), rows


def main(folder: Path, start: str = "") -> None:
    """Write the cases."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file, rows in cases(start):
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        (folder / f"{slug}.json").write_bytes(orjson.dumps({"name": name} | answer(file, rows)) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
