"""Columns selected by the rules of the original's picker."""

import pytest

from studio.errors import ModuleExecutionError
from tests.builders import call_module, dataset

TABLE = "id,age,city,paid,label\n1,30,Oslo,true,a\n2,50,Lima,false,b\n"


def names(*values: str, exclude: bool = False) -> dict:
    return {"ruleType": "ColumnNames", "columns": [*values], "exclude": exclude}


def numbers(*values: str, exclude: bool = False) -> dict:
    return {"ruleType": "ColumnIndexes", "columns": [*values], "exclude": exclude}


def types(*values: str, kinds: tuple[str, ...] = ("All",), exclude: bool = False) -> dict:
    return {"ruleType": "ColumnTypes", "columnTypes": [*values], "columnKinds": [*kinds], "exclude": exclude}


ALL = {"ruleType": "AllColumns", "exclude": False}


def marked():
    (table,) = call_module("Edit Metadata", {"Dataset": dataset(TABLE)}, Column="label", Fields="Labels")
    (table,) = call_module("Edit Metadata", {"Dataset": table}, Column="city", Categorical="Categorical")
    return table


def select(*rules: dict, is_filter: bool = True) -> list[str]:
    picker = {"isFilter": is_filter, "rules": [*rules]}
    (table,) = call_module("Select Columns in Dataset", {"Dataset": marked()}, **{"Select Columns": picker})
    return table.names


@pytest.mark.parametrize(
    "rules, columns",
    [
        ([ALL], ["id", "age", "city", "paid", "label"]),
        ([ALL, names("id", exclude=True)], ["age", "city", "paid", "label"]),
        ([names("id", exclude=True)], ["age", "city", "paid", "label"]),
        ([names("paid", "age")], ["age", "paid"]),
        ([numbers("1", "3-4")], ["id", "city", "paid"]),
        ([ALL, numbers("2-5", exclude=True)], ["id"]),
        ([types("Numeric")], ["id", "age"]),
        ([types("Integer", "Boolean")], ["id", "age", "paid"]),
        ([types("Categorical")], ["city"]),
        ([types("String")], ["label"]),
        ([types("All", kinds=("Label",))], ["label"]),
        ([types("All", kinds=("Feature",))], ["id", "age", "city", "paid"]),
        ([types("Numeric"), names("id", exclude=True), names("label")], ["age", "label"]),
        ([names("id", exclude=True), names("id")], ["id", "age", "city", "paid", "label"]),
    ],
)
def test_rules_add_and_take_away_in_order(rules, columns):
    assert select(*rules) == columns


def test_without_the_filter_columns_come_in_the_order_of_the_rules():
    assert select(names("paid"), numbers("1"), names("age", "paid"), is_filter=False) == ["paid", "id", "age"]


@pytest.mark.parametrize(
    "rules, number",
    [
        ([names("nothing")], "0001"),
        ([numbers("6")], "0001"),
        ([numbers("3-2")], "0001"),
        ([numbers("0")], "0001"),
        ([{"ruleType": "Regex"}], "0011"),
        ([types("Complex")], "0011"),
        ([], "0011"),
    ],
)
def test_what_does_not_exist_is_named(rules, number):
    with pytest.raises(ModuleExecutionError, match=f"Error {number}"):
        select(*rules)


@pytest.mark.parametrize("rules, message", [([types("All")], None), ([names("city")], "'city' is not numeric")])
def test_numbers_are_taken_from_kinds_and_required_of_names(rules, message):
    properties = {"Columns to transform": {"rules": rules}, "Transformation method": "MinMax"}
    if message is None:
        assert call_module("Normalize Data", {"Dataset": marked()}, **properties)
        return
    with pytest.raises(ModuleExecutionError, match=message):
        call_module("Normalize Data", {"Dataset": marked()}, **properties)


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "rules",
    [[ALL] * 201, [numbers("1-" + "9" * 400)], [names(*map(str, range(20_001)))], [numbers("1-999999999")]],
)
def test_rules_are_bounded(rules):
    with pytest.raises(ModuleExecutionError):
        select(*rules)
