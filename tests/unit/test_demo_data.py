"""`make demo DATA=…` finds a learner for any label, splits the table, and says in plain words what is wrong."""

import pytest

from examples.retraining.data import prepare_data
from studio.tables.profile import read_profiled
from tests.demo_tables import MANY, TABLES

LEARNERS = {
    "two-classes.csv": "Two-Class Boosted Decision Tree",
    "seven-classes.csv": "Multiclass Decision Forest",
    "numbers.csv": "Boosted Decision Tree Regression",
    "dates.csv": "Two-Class Boosted Decision Tree",
    "currency.csv": "Boosted Decision Tree Regression",
}


def prepared(folder, text, label, name="own.csv", encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    (folder / "parts").mkdir(exist_ok=True)
    return prepare_data(folder / "parts", folder / name, label)


@pytest.mark.parametrize("name, encoding", [*((name, "utf-8") for name in TABLES), ("numbers.csv", "utf-16")])
def test_each_kind_of_table_gets_its_learner_and_three_parts_that_read_like_the_whole(tmp_path, name, encoding):
    text, label = TABLES[name]()
    data = prepared(tmp_path, text, label, name, encoding)
    assert data.learner == LEARNERS[name]
    whole = {column.name: column.type for column in read_profiled(text.encode(), ".csv").columns}
    rows = 0
    for part in (data.later, data.held_back, data.first):
        reading = read_profiled(part.read_bytes(), ".csv")
        assert {column.name: column.type for column in reading.columns} == whole
        rows += reading.table.num_rows if part is not data.first else 0
        assert reading.table.num_rows >= 40
    assert rows == MANY
    assert label not in data.samples[0]
    assert data.samples[0].keys() | {label} == whole.keys()


def test_classes_that_are_rare_in_the_first_rows_are_in_all_parts_and_too_rare_ones_are_left_out(tmp_path):
    lines = ["x,y"] + [f"{row},a" for row in range(500)] + [f"{row},b" for row in range(30)] + ["1,c"] * 3
    data = prepared(tmp_path, "\n".join(lines), "y")
    for part in (data.first, data.later, data.held_back):
        assert set(part.read_text().split()[1:]) & {"x"} == set()
        assert {line.partition(",")[2] for line in part.read_text().split()[1:]} == {"a", "b"}
    assert any("Rows with 'c' in 'y' are left out" in note for note in data.notes)


@pytest.mark.parametrize(
    "text, label, words",
    [
        ("Price,area\n1,2\n", "price", r"There is no column 'price'\. Did you mean LABEL='Price'\? own\.csv has Price"),
        ("price,area\n1,2\n", "prize", r"Did you mean LABEL='price'"),
        ("price,area\n1,2\n", None, r"Name the column to predict with LABEL=…\. own\.csv has price, area"),
        ("a,b\n1,2\n1,3\n", "a", "'a' has one value; there is nothing to predict"),
        ("a,b\n" + "".join(f"n{row},1\n" for row in range(200)), "a", "'a' has 200 different texts, too many"),
        ("a,b\n2025-01-01,1\n2025-01-02,2\n2025-01-03,2\n", "a", "'a' holds dates"),
        ("a,b\n" + "1,x\n2,y\n" * 9, "b", "own.csv has 18 rows with a value in 'b'"),
        ("a,b\n1,2,3\n", "a", r"own\.csv cannot be read\. A row has 3 cells"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(tmp_path, text, label, words):
    with pytest.raises(ValueError, match=words):
        prepared(tmp_path, text, label)


def test_a_path_that_is_no_table_is_named(tmp_path):
    (tmp_path / "houses.csv").write_text("a\n1\n")
    with pytest.raises(ValueError, match=r"There is no file .*house\.csv, seen from .* Did you mean .*houses\.csv"):
        prepare_data(tmp_path, tmp_path / "house.csv", "a")
    with pytest.raises(ValueError, match="is a folder"):
        prepare_data(tmp_path, tmp_path, "a")
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"book\.xlsx must end in one of .* Export it as CSV"):
        prepare_data(tmp_path, tmp_path / "book.xlsx", "a")
