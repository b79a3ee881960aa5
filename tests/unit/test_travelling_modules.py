"""Modules on dates, texts and counts that stand before a model: the model's file does what training did.

One row, a block of rows in a file and the run give the same, from the raw table on.
"""

import random
from functools import cache

import numpy as np
import pytest

from studio.graph.transformations import Transformation
from studio.model.export.graphs import export_graph
from studio.model.packaging import check_parity
from studio.tables.schema import write_cell
from tests.builders import call_module, dataset, load_packed, score_file, score_rows, train_on

GOOD, BAD = ("great", "lovely", "excellent", "happy"), ("awful", "broken", "poor", "sad")
FILLING = ("the", "delivery", "was", "phone", "box", "it's", "REALLY", "box", "camera's", "screen", "2nd")


def reviews_csv(rows=160, seed=0):
    """A table with dates, texts, a number, categories of many values, and a label that depends on the words."""
    rng = random.Random(seed)
    lines = ["written,review,price,shop,bought"]
    for _ in range(rows):
        likes = rng.random() < 0.5
        words = [*rng.choices(FILLING, k=rng.randint(2, 9)), *rng.choices(GOOD if likes else BAD, k=2)]
        rng.shuffle(words)
        when = f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:30:00"
        cells = [when, " ".join(words) + "!", f"{rng.uniform(1, 90):.2f}", f"shop{rng.randint(0, 40)}"]
        if rng.random() < 0.15:
            cells[rng.randrange(4)] = ""
        label = likes if rng.random() < 0.9 else not likes
        lines.append(",".join([*cells, "yes" if label else "no"]))
    return "\n".join(lines) + "\n"


# Each case: modules in order, as (name, properties); the reviews go through them all.
DATES = ("Edit Metadata", {"Column": "written", "Data Type": "DateTime"})
N_GRAMS = {
    "Text column": ["Preprocessed review"],
    "Use filter-based feature selection": False,
    "Minimum n-gram document absolute frequency": 20,
}
TEXTS = ["review", "Preprocessed review", "written", "shop"]
NUMBERS = ("Select Columns in Dataset", {"Select Columns": {"select": "all", "except": TEXTS}})
CASES = {
    "Dates and sums": [
        DATES,
        ("Extract Date Parts", {"Week": True}),
        ("Apply Math Operation", {"Basic Math Function": "Ln", "Column Set": ["price"]}),
        (
            "Apply Math Operation",
            {
                "Category": "Operations",
                "Arithmetic Operation": "Multiply",
                "Column Set": ["price", "Ln(price)"],
                "Second argument type": "ColumnSet",
                "Second argument": "written_Hour",
                "Output mode": "Inplace",
            },
        ),
        ("Convert to TSV", {}),
        ("Select Columns in Dataset", {"Select Columns": {"select": "all", "except": ["review", "written"]}}),
    ],
    "Words": [
        ("Preprocess Text", {"Text column to clean": ["review"]}),
        ("Feature Hashing", {"Target column": ["Preprocessed review"], "Hashing bitsize": 4}),
        ("Extract N-Gram Features from Text", N_GRAMS | {"N-Grams size": 1}),
        NUMBERS,
    ],
    "N-grams by weight": [
        ("Preprocess Text", {"Text column to clean": ["review"], "Remove stop words": False, "Lemmatization": False}),
        (
            "Extract N-Gram Features from Text",
            N_GRAMS
            | {
                "N-Grams size": 2,
                "K-Skip size": 1,
                "Weighting function": "TF-IDF Weight",
                "Normalize n-gram feature vectors": True,
            },
        ),
        ("Normalize Data", {}),
        NUMBERS,
    ],
    "Topics": [
        (
            "Preprocess Text",
            {
                "Text column to clean": ["review"],
                "Custom regular expression": "box|phone",
                "Custom replacement string": "thing",
            },
        ),
        (
            "Latent Dirichlet Allocation",
            {
                "Target columns": ["Preprocessed review"],
                "Number of topics to model": 3,
                "N-grams": 1,
                "Show all options": "True",
                "passes": 5,
            },
        ),
        NUMBERS,
    ],
    "Counts": [
        (
            "Build Counting Transform",
            {"Label column index or name": "bought", "Select columns to count": ["shop", "price"]},
        ),
        ("Select Columns in Dataset", {"Select Columns": {"select": "all", "except": ["review", "written", "shop"]}}),
    ],
    "Discriminants": [
        DATES,
        ("Extract Date Parts", {}),
        ("Fisher Linear Discriminant Analysis", {"Class labels column": "bought", "Number of feature extractors": 2}),
    ],
}
# `make test` tries the others.
LONG = {"Counts", "Discriminants", "N-grams by weight", "Topics"}
EVERY_CASE = [
    pytest.param(modules, id=name, marks=[pytest.mark.long] * (name in LONG)) for name, modules in CASES.items()
]
ROWS = [
    ["2024-02-29T10:00:00", "A GREAT phone!", "12.5", "shop3"],
    ["", "", "", ""],
    ["2019-12-31", "unknown words 123 only", "-3", "elsewhere"],
    ["2020-05-05T05:05:05", "sad sad sad", "7", "shop1"],
]


@cache
def reviews(seed=0):
    return dataset(reviews_csv(seed=seed))


def through(modules, data):
    for name, given in modules:
        delivered = call_module(name, {"Dataset": data}, **given)[0]
        data = transformed(delivered, data) if isinstance(delivered, Transformation) else delivered
    return data


def transformed(transformation, data):
    return call_module("Apply Transformation", {"Transformation": transformation, "Dataset": data})[0]


def same(one, other):
    return one == other or np.isclose(float(one), float(other), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("modules", EVERY_CASE)
def test_a_model_takes_its_modules_along_to_rows_and_files(modules):
    raw = reviews()
    data = through(modules, raw)
    trained = train_on("Two-Class Logistic Regression", data)
    parity = check_parity(trained, export_graph(trained), [])
    assert parity.holds, parity
    model = load_packed(trained)
    sources = [column.name for column in model.encoder.sources]
    assert "bought" not in sources
    rows = list(zip(*(raw.cells(name) for name in sources), strict=True))
    shown = [name for name in data.names if name != "bought"]
    assert [column.name for column in model.file.encoder.columns] == shown
    (scored,) = call_module("Score Model", {"Trained model": trained, "Dataset": data})
    expected = list(zip(*(scored.cells(name) for name in [*shown, *scored.names[-2:]]), strict=True))
    for few in (rows[:3], rows):
        for row, wanted in zip(score_rows(model, few), expected, strict=False):
            assert len(row) == len(wanted)
            assert all(same(*pair) for pair in zip(row, wanted, strict=True)), (row, wanted)
    strange = [[dict(zip(raw.names, row, strict=False))[name] for name in sources] for row in ROWS]
    by_row = [["" if cell is None else write_cell(cell) for cell in row] for row in score_rows(model, strange)]
    for one, other in zip(by_row, score_file(model, strange), strict=True):
        assert all(same(*pair) for pair in zip(one, other, strict=True)), (one, other)


@pytest.mark.parametrize("modules", EVERY_CASE)
def test_what_was_learned_is_applied_to_other_rows(modules):
    learned, applied = reviews(), reviews(seed=1)
    for name, given in modules:
        delivered = call_module(name, {"Dataset": learned}, **given)
        transforms = [item for item in delivered if isinstance(item, Transformation)]
        learned = transformed(delivered[0], learned) if delivered[0] in transforms else delivered[0]
        if name == "Extract N-Gram Features from Text":
            inputs = {"Dataset": applied, "Input vocabulary": delivered[1]}
            applied = call_module(name, inputs, **given, **{"Vocabulary mode": "ReadOnly"})[0]
        elif transforms:
            applied = transformed(transforms[0], applied)
        else:
            applied = call_module(name, {"Dataset": applied}, **given)[0]
    assert applied.names == learned.names
