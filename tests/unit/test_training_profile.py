"""What a model file says of the rows it was trained on: ranges that are right, and nothing of what it cannot know."""

from dataclasses import replace

import numpy as np
import orjson
import pytest

from studio.model import profile
from studio.model.container import read_model_file, write_model_file
from studio.model.encoder import Encoder, Feature, Slot
from studio.model.manifest import Manifest
from studio.model.profile import training_profile
from studio.model.steps import Fill, Indicator, PlanColumn, Replace
from studio.tables.schema import Column, ColumnType
from tests.builders import people_csv, people_model_file


def encoder(*columns):
    plans = tuple(plan for plan, _ in columns)
    slots = tuple(Slot(index, feature) for index, (_, feature) in enumerate(columns))
    return Encoder(plans, slots, (), (), ())


def number(name, type_=ColumnType.DOUBLE, steps=()):
    column = Column(name, type_)
    return PlanColumn(column, column, steps), Feature(name)


def category(name, *categories):
    column = Column(name, ColumnType.STRING)
    return PlanColumn(column, column), Feature(name, categories)


def test_ranges_are_those_of_the_rows_and_typical_values_occur():
    columns = encoder(
        number("age", ColumnType.INT32),
        number("on", ColumnType.BOOLEAN),
        number("at", ColumnType.DATETIME),
        category("city", "Lima", "Oslo"),
    )
    matrix = np.array([[3, 1, 0.0, 1], [9, 1, 86400.0, 1], [np.nan, 0, np.nan, 0], [4, 1, 7.0, 3], [5, 1, 9.0, 2]])
    assert training_profile(columns, matrix) == [
        {"name": "age", "minimum": 3, "maximum": 9, "typical": 4},
        {"name": "on", "minimum": False, "maximum": True, "typical": True},
        {
            "name": "at",
            "minimum": "1970-01-01T00:00:00",
            "maximum": "1970-01-02T00:00:00",
            "typical": "1970-01-01T00:00:07",
        },
        {"name": "city", "typical": "Oslo"},
    ]


@pytest.mark.parametrize("steps", [(Indicator(),), (Fill(0.0), Replace(1.0, 2.0))])
def test_a_column_that_is_changed_before_it_is_encoded_has_no_range(steps):
    assert training_profile(encoder(number("a", steps=steps)), np.ones((3, 1))) == []


def test_a_column_without_a_value_has_no_range_nor_has_a_model_without_rows():
    columns = encoder(number("a"), category("b", "x"))
    assert training_profile(columns, np.array([[np.nan, 1.0], [np.inf, 2.0]])) == []
    assert training_profile(columns, np.empty((0, 2))) == []


def test_very_many_columns_are_described_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(profile, "MAX_COLUMNS", 3)
    found = training_profile(encoder(*(number(f"p{place}") for place in range(9))), np.zeros((2, 9)))
    assert [item["name"] for item in found] == ["p0", "p1", "p2"]


def test_a_trained_file_has_the_ranges_of_its_own_rows_and_older_files_none():
    file = people_model_file("Two-Class Logistic Regression")
    ages = [int(line.split(",")[0]) for line in people_csv().splitlines()[1:] if line[0] != "?"]
    found = {item["name"]: item for item in file.manifest.profile}
    assert min(ages) <= found["age"]["minimum"] < found["age"]["typical"] < found["age"]["maximum"] <= max(ages)
    assert found["city"]["typical"] in ("Oslo", "Lima", "Cairo", "Kyoto")
    again = read_model_file(write_model_file(file), 1 << 24)
    assert again.manifest.profile == file.manifest.profile
    older = replace(file.manifest, profile=()).to_json()
    assert "profile" not in older
    assert Manifest.from_json(orjson.loads(orjson.dumps(older))).profile == ()
