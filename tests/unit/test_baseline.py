"""The baseline of a model: what of its training rows its file has counted, and that later rows are counted alike."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pyarrow as pa
import pytest

from studio.model import baseline_making
from studio.model.baseline import CATEGORY, KEY, NUMBER, TEXT, Baseline, BaselineColumn, read_baseline
from studio.model.baseline_making import MAX_VALUES, describe_column
from studio.model.container import read_model_file, write_model_file
from studio.model.loaded import load_model
from studio.model.packaging import package_model
from studio.tables.schema import Column, ColumnType
from tests.builders import clean_people, people_csv, people_model_file, train_on


def number(name="a", type_=ColumnType.DOUBLE):
    return Column(name, type_)


def test_the_cells_of_a_number_are_counted_in_bins_of_as_many_rows_and_in_bins_of_equal_width():
    column = describe_column(number(), pa.array([*map(float, range(100)), None]))
    assert column.kind == NUMBER
    assert column.counts[0] == 1
    assert set(column.counts[1:21]) == {5}
    assert column.shown[0] == 0
    assert column.shown[-1] == 99
    assert (column.counts[21], column.counts[-1]) == (0, 0)
    later = column.count(pa.array([-5.0, 0.0, 99.0, 99.1, float("inf"), None, float("nan")]))
    assert later[0] == 2
    assert later[1:21].sum() == 5
    assert (later[21], later[22], later[-2], later[-1]) == (1, 1, 1, 2)


def test_a_value_that_is_most_of_the_rows_has_a_bin_of_its_own():
    column = describe_column(number(), pa.array([0.0] * 90 + [*map(float, range(1, 11))]))
    assert column.edges[0] == 0
    assert column.counts[1] == 90
    assert describe_column(number(), pa.array([4.0] * 9)).count(pa.array([4.0, 5.0])).tolist() == [0, 2, 0, 1, 1]


@pytest.mark.parametrize(
    ("type_", "cells", "values"),
    [
        (ColumnType.STRING, pa.array(["b", "a", "a", "", None, " ? "]), ("a", "b")),
        (ColumnType.BOOLEAN, pa.array([True, False, True, None]), ("True", "False")),
        (ColumnType.INT64, pa.array([12345.0, 12345.0, 6.0, float("nan")]), ("12345", "6")),
    ],
)
def test_categories_are_told_apart_as_encoders_do(type_, cells, values):
    column = describe_column(Column("c", type_), cells, known=True, tokens=("?",))
    assert (column.kind, column.values) == (CATEGORY, values)
    assert column.counts[0] == len(cells) - sum(column.counts[1:])
    assert column.count(cells.cast(pa.string()) if type_ is ColumnType.STRING else cells).tolist() == [*column.counts]


def test_a_category_of_later_rows_that_no_training_row_has_is_counted_as_the_rest():
    column = describe_column(Column("c", ColumnType.STRING), pa.array(["a", "a", "b"]))
    assert column.once == 1
    assert column.count(pa.array(["z", "a", None, "y"])).tolist() == [1, 1, 0, 2]


def test_texts_that_are_no_categories_are_not_in_the_file_but_their_lengths_are():
    names = [f"person {place:04}{'!' * (place % 7)}" for place in range(MAX_VALUES + 50)]
    column = describe_column(Column("name", ColumnType.STRING), pa.array(names))
    assert column.kind == TEXT
    assert b"person" not in orjson.dumps(column.to_json())
    assert (column.shown[0], column.shown[-1]) == (11, 17)
    # What the model knows as categories is in its encoder anyway: the most frequent ones are counted.
    known = describe_column(Column("name", ColumnType.STRING), pa.array(names), known=True)
    assert (known.kind, len(known.values), known.counts[-1], known.once) == (CATEGORY, MAX_VALUES, 50, len(names))


def test_numbers_written_as_texts_and_times_are_counted_like_numbers():
    column = describe_column(number(), pa.array(["1", "2", "?", None, "4"]), tokens=("?",))
    assert column.counts[0] == 2
    assert column.count(pa.array([1, 2, None, None, 4])).tolist() == [*column.counts]
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 9)]
    times = describe_column(number("at", ColumnType.DATETIME), pa.array([moment.timestamp() for moment in at]))
    assert times.count(pa.array(at, pa.timestamp("us", "UTC"))).tolist() == [*times.counts]
    assert times.count(pa.array([moment.replace(tzinfo=None).isoformat() for moment in at])).tolist() == [*times.counts]


def test_a_column_without_a_value_has_no_baseline():
    for cells in (pa.array([None, None], pa.string()), pa.array([], pa.float64()), pa.array([float("inf")])):
        assert describe_column(number(), cells) is None


def test_hours_add_up_to_what_the_whole_day_is():
    column = describe_column(number(), pa.array(np.random.default_rng(1).normal(size=500)))
    day = pa.array(np.random.default_rng(2).normal(size=240))
    assert (
        sum(column.count(day[start : start + 10]) for start in range(0, 240, 10)).tolist() == column.count(day).tolist()
    )


def test_the_baseline_stays_below_its_bounds(monkeypatch):
    cells = [(number(f"p{place}"), pa.array([1.0, 2.0])) for place in range(9)]
    encoder = people_model_file("Two-Class Logistic Regression").encoder
    monkeypatch.setattr(baseline_making, "MAX_COLUMNS", 3)
    assert [item.name for item in baseline_making.describe_columns(encoder, cells).columns] == ["p0", "p1", "p2"]
    monkeypatch.setattr(baseline_making, "MAX_CHARACTERS", 300)
    assert len(baseline_making.describe_columns(encoder, cells).columns) == 1


def test_a_trained_file_has_the_baseline_of_its_raw_rows_and_of_its_scores_of_others():
    file = read_model_file(write_model_file(people_model_file("Two-Class Logistic Regression")), 1 << 24)
    found = read_baseline(file.manifest, file.evaluation)
    assert found is not None
    assert [column.name for column in found.columns] == [column.name for column in file.manifest.inputs]
    assert [column.name for column in found.scores] == [column.name for column in file.manifest.outputs]
    assert found.scored == "evaluated"
    # The ages that are `?` in the file are filled before training, but callers send them as missing.
    ages = [line.split(",")[0] for line in people_csv().splitlines()[1:]]
    assert 0 < found.columns[0].counts[0] <= ages.count("?")
    assert KEY not in load_model(write_model_file(file), 1 << 24).file.evaluation


LEARNERS = (
    "Multiclass Logistic Regression",
    "Linear Regression",
    "Fast Forest Quantile Regression",
    "PCA-Based Anomaly Detection",
    "K-Means Clustering",
)


@pytest.mark.parametrize("learner", LEARNERS)
def test_learners_of_other_tasks_have_a_baseline_of_each_scored_column(learner):
    model = train_on(learner, clean_people(120))
    file = package_model(model, "x", evaluated=[], evaluation=None, lineage={})
    found = read_baseline(file.manifest, file.evaluation)
    assert [column.name for column in found.scores] == [column.name for column in model.outputs]
    assert found.scored == "training"
    assert {column.vector[column.bins.start : column.bins.stop].sum() for column in found.scores} == {len(model.matrix)}


@pytest.mark.parametrize(
    "change",
    [
        {"counts": (1, 2)},
        {"counts": ()},
        {"counts": (-1, 2, 0)},
        {"kind": "other"},
        {"values": tuple(map(str, range(2000))), "counts": (0,) * 2002},
        {"kind": NUMBER, "shown": (2.0, 1.0)},
        {"kind": NUMBER, "shown": (1.0,)},
        {"kind": NUMBER, "shown": (1.0, float("nan"))},
    ],
)
@pytest.mark.attack("Model files")
def test_a_baseline_of_a_file_from_elsewhere_that_does_not_fit_together_counts_as_none(change):
    column = BaselineColumn("age", ColumnType.INT32, CATEGORY, (1, 2, 0), values=("a",))
    whole = Baseline((column,), (), "training")
    assert Baseline.from_json(orjson.loads(orjson.dumps(whole.to_json()))) == whole
    assert Baseline.from_json(Baseline((replace(column, **change),), (), "").to_json()) is None


def test_a_file_without_a_baseline_or_with_one_of_other_columns_has_none():
    file = people_model_file("Two-Class Logistic Regression")
    assert read_baseline(file.manifest, {}) is None
    other = Baseline((BaselineColumn("weight", ColumnType.STRING, CATEGORY, (1, 2, 0), values=("a",)),), (), "")
    assert read_baseline(file.manifest, {KEY: other.to_json()}) is None
