"""Datasets are looked at in pages and labelled by several people, and nothing else in the file changes."""

import io

import pyarrow.parquet as pq
import pytest

from studio.datasets import summaries
from studio.datasets.labelling import put_labels
from studio.datasets.summaries import get_summary, list_dataset_rows, write_dataset_rows
from studio.datasets.workspace_data import start_upload
from studio.errors import BadArgument, InvalidOperation, NotFound, PreconditionFailed, TooLarge
from studio.registry.workspaces import create_workspace
from studio.tables.row_pages import read_choice, read_window
from tests.builders import people_csv
from tests.storage.in_process import Studio, now
from tests.storage.schemas import fits

HOSTILE = '<script>"x",\n</script>'
ROWS = read_window(None, "1000")


@pytest.fixture
def studio(deployment):
    return Studio(deployment, create_workspace(deployment.storage, "Looking", now=now()).id)


@pytest.fixture
def place(studio):
    return studio.deployment.storage, studio.workspace, "people.csv"


def write(studio, content, name="people.csv", **options):
    start_upload(studio.deployment.storage, studio.workspace, {"Name": name, "Options": options}, now=now())
    studio.upload(content, name)


def content(studio, name="people.csv"):
    container = studio.deployment.storage.container("datasets")
    return container.download_blob(f"{studio.workspace}/{name}").readall()


def test_a_dataset_is_shown_as_it_is_read_and_again_when_it_changes(studio, place):
    write(studio, people_csv(150))
    found = get_summary(*place)
    assert (found["rows"], found["complete"], len(found["preview"])) == (150, True, 100)
    age = next(column for column in found["columns"] if column["name"] == "age")
    assert (age["type"], age["min"] >= 18, age["missing"] > 0) == ("Int32", True, True)
    assert get_summary(*place) == found
    rows = list_dataset_rows(*place, ROWS)
    assert (len(rows["values"]), rows["etag"], rows["values"][:100]) == (150, found["etag"], found["preview"])
    assert (rows["numbers"], rows["matching"]) == ([*range(150)], 150)
    assert fits("DatasetRows", rows)
    file, left_out = write_dataset_rows(*place, read_choice("-age"), "parquet")
    assert (pq.read_table(io.BytesIO(file)).num_rows, left_out) == (150, 0)
    studio.upload(people_csv(20))
    assert get_summary(*place)["rows"] == 20
    write(studio, people_csv(20), Types={"age": "text"})
    changed = {column["name"]: column["type"] for column in get_summary(*place)["columns"]}
    assert changed["age"] == "String"


@pytest.mark.attack("Size and time")
def test_of_a_large_file_the_beginning_is_shown_and_said(studio, place, monkeypatch):
    monkeypatch.setattr(summaries, "MAX_BYTES", 1000)
    write(studio, people_csv(200))
    found = get_summary(*place)
    assert not found["complete"]
    assert 10 < found["rows"] < 60
    assert list_dataset_rows(*place, ROWS)["values"][0] == found["preview"][0]
    write(studio, "x" * 2000, "rows.parquet")
    with pytest.raises(TooLarge, match="Run an experiment that reads it"):
        get_summary(*place[:2], "rows.parquet")


def test_a_dataset_without_rows_is_sorted_as_well(studio, place):
    write(studio, "a,b\n")
    assert list_dataset_rows(*place, read_window(None, None, read_choice("-a")))["values"] == []
    with pytest.raises(BadArgument, match="sort must name a column"):
        list_dataset_rows(*place, read_window(None, None, read_choice("c")))


@pytest.mark.attack("Other tenants")
def test_datasets_of_other_workspaces_are_not_found(studio, place):
    write(studio, people_csv(5))
    other = create_workspace(place[0], "Other", now=now()).id
    with pytest.raises(NotFound):
        get_summary(place[0], other, "people.csv")
    with pytest.raises(NotFound):
        put_labels(place[0], other, "people.csv", {"Column": "x", "Labels": {"0": "a"}}, "any")


@pytest.mark.parametrize(
    "text, options",
    [
        ("a,b\r\n1,\"x, y\"\r\n\r\n2,'z'\r\n3,4", {}),
        ("﻿a;b\n1,5;x\n2,5;\n3;5\n", {"Separator": ";"}),
        ('a\tb\n"1\n1"\t"say ""so"""\n2\t3\n4\t5\n', {"Separator": "tab"}),
        ("sep=;\na;b\n1;2\n3;4\n5;6\n", {}),
    ],
)
def test_labels_change_one_column_and_no_other_byte(studio, place, text, options):
    write(studio, text, **options)
    before = list_dataset_rows(*place, ROWS)
    written = put_labels(*place, {"Column": "label", "Labels": {"0": HOSTILE, "2": "dog"}}, before["etag"])
    after = list_dataset_rows(*place, ROWS)
    assert (after["etag"], written["Labelled"]) == (written["Etag"], 2)
    assert [row[:-1] for row in after["values"]] == before["values"]
    assert [row[-1] for row in after["values"]] == [HOSTILE, None, "dog"]
    again = put_labels(*place, {"Column": "label", "Labels": {"0": "cat", "2": None, "1": "dog"}}, after["etag"])
    last = content(studio).decode()
    assert [row[-1] for row in list_dataset_rows(*place, ROWS)["values"]] == ["cat", "dog", None]
    assert again["Column"] == "label"
    for piece in text.replace("\r", "").split("\n")[1:]:
        assert piece in last


def test_a_label_in_an_existing_column_leaves_the_rest_of_the_file_as_it_was(studio, place):
    write(studio, 'id,bought,"odd, name"\n1,yes, " x\n2,,y\n3,no,"z"\n')
    etag = get_summary(*place)["etag"]
    put_labels(*place, {"Column": "bought", "Labels": {"1": "no"}}, etag)
    assert content(studio) == b'id,bought,"odd, name"\n1,yes, " x\n2,no,y\n3,no,"z"\n'


def test_two_people_labelling_do_not_overwrite_each_other(studio, place):
    write(studio, "a,b\n1,2\n3,4\n")
    etag = get_summary(*place)["etag"]
    put_labels(*place, {"Column": "b", "Labels": {"0": "9"}}, etag)
    for stale in (etag, "", "*", '"nonsense"'):
        with pytest.raises(PreconditionFailed, match="no label was written"):
            put_labels(*place, {"Column": "b", "Labels": {"0": "8"}}, stale)
    assert content(studio) == b"a,b\n9".replace(b"9", b"1,9") + b"\n3,4\n"


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "body, words",
    [
        ({}, "Column must be"),
        ({"Column": "b"}, "Labels must be an object"),
        ({"Column": "b", "Labels": {}}, "1 to 100,000 rows"),
        ({"Column": "b", "Labels": {"01": "x"}}, "counted from 0"),
        ({"Column": "b", "Labels": {"0": 1}}, "text or null"),
        ({"Column": "b", "Labels": {"0": "x" * 1001}}, "text or null"),
        ({"Column": "b", "Labels": {"0": "\0"}}, "zero byte"),
        ({"Column": "b", "Labels": {"2": "x"}}, "the dataset has 2 rows"),
    ],
)
def test_labels_that_cannot_be_are_said(studio, place, body, words):
    write(studio, "a,b\n1,2\n3,4\n")
    with pytest.raises(BadArgument, match=words):
        put_labels(*place, body, get_summary(*place)["etag"])


@pytest.mark.parametrize("row", ["0", "1", "3"])
def test_rows_that_end_as_no_other_program_ends_them_get_no_label_of_another_row(studio, place, row):
    text = "x,y\n1,a\r2,b\n3,c\n4,d\n"
    write(studio, text)
    found = list_dataset_rows(*place, ROWS)
    assert found["rows"] == 4
    with pytest.raises(InvalidOperation, match="Export Data"):
        put_labels(*place, {"Column": "y", "Labels": {row: "z"}}, found["etag"])
    assert content(studio) == text.encode()


def test_a_file_that_cannot_be_labelled_safely_is_left_alone(studio, place):
    # With decimal commas in the new column, 1.234 would be read as grouped digits.
    text = "x,y\n1.234,a\n2.345,b\n"
    write(studio, text)
    with pytest.raises(InvalidOperation, match="without changing other cells"):
        put_labels(*place, {"Column": "new", "Labels": {"0": "1,5", "1": "2,7"}}, get_summary(*place)["etag"])
    assert content(studio) == text.encode()
    write(studio, "x", "rows.parquet")
    with pytest.raises(BadArgument, match="Convert it"):
        put_labels(*place[:2], "rows.parquet", {"Column": "b", "Labels": {"0": "x"}}, "any")
