"""Frames of pandas, Polars, Arrow and others: what is sent of them, and what comes back in kind."""

import datetime
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from perennial import PerennialError
from perennial.any_frame import cells_of, chosen_library, is_frame, join_frames, known_frame, like, make_frame, names_of
from perennial.dataset_rows import dataset_frame, result_frame
from perennial.frame_files import frame_file, sent_library, write_csv
from perennial.json_values import encode_json
from perennial.records import Records
from perennial.scoring import read_scores, wire_table

AT = datetime.datetime(2024, 2, 3, 4, 5, 6)  # noqa: DTZ001
VALUES = {
    "age": [30, None],
    "spend": [0.1 + 0.2, None],
    "smoker": [True, None],
    "plan": ["basic", None],
    "since": [AT, None],
}
KINDS = ["Int64", "Double", "Boolean", "String", "DateTime"]
TEXTS = [["30", None], ["0.30000000000000004", None], ["True", None], ["basic", None], ["2024-02-03T04:05:06", None]]
FRAMES = {
    "pandas": pd.DataFrame(VALUES),
    "polars": pl.DataFrame(VALUES),
    "pyarrow": pa.table(VALUES),
}


class Stream:
    """A frame of a library that nobody has heard of, which speaks Arrow."""

    columns = ("age",)

    def __len__(self) -> int:
        return 2

    def __arrow_c_stream__(self, requested_schema=None):
        return FRAMES["pyarrow"].__arrow_c_stream__(requested_schema)

    def __dataframe__(self, **_):
        raise AssertionError("Arrow comes first")


class Interchange:
    """A frame that speaks the interchange protocol only."""

    def __dataframe__(self, nan_as_null=False, allow_copy=True):
        return pa.table({"age": [30, 41], "plan": ["basic", "plus"]}).__dataframe__(nan_as_null, allow_copy)


@pytest.mark.parametrize("library", FRAMES)
def test_the_cells_of_any_frame_are_sent_alike(library):
    table = wire_table(FRAMES[library], list(VALUES))
    assert table["ColumnNames"] == list(VALUES)
    first, second = json.loads(encode_json(table["Values"]))
    assert first[:4] == [30, 0.1 + 0.2, True, "basic"]
    assert first[4].startswith("2024-02-03T04:05:06")
    assert second == [None] * 5


@pytest.mark.parametrize("library", FRAMES)
def test_responses_have_the_types_they_name_in_the_library_of_the_request(library):
    made = make_frame(library, list(VALUES), KINDS, TEXTS)
    assert type(made) is type(FRAMES[library])
    assert cells_of(made, ["age", "smoker", "plan"]) == [[30, None], [True, None], ["basic", None]]
    if library == "pandas":
        assert [str(kind) for kind in made.dtypes][:3] == ["Int64", "float64", "boolean"]
        assert made["since"].dtype.kind == "M"
    else:
        schema = made.schema if library == "polars" else dict(zip(made.schema.names, made.schema.types, strict=True))
        assert "atetime" in str(schema["since"]) or "timestamp" in str(schema["since"])
        assert str(schema["age"]).lower() == "int64"
    empty = make_frame(library, ["a"], ["Double"], [[]])
    assert len(empty) == 0
    assert names_of(join_frames([empty, empty])) == ["a"]


def test_records_are_what_those_without_a_library_get():
    assert make_frame("records", ["age", "plan"], ["Int64", "String"], [["30"], [None]]) == [{"age": 30, "plan": None}]


def test_pandas_keeps_its_index_and_categories_that_come_back():
    sent = pd.DataFrame({"region": pd.Categorical(["N", "S"], categories=["S", "N"], ordered=True)}, index=[7, 9])
    got = like(sent, make_frame("pandas", ["region", "x"], ["String", "Double"], [["N", "S"], ["1", "2"]]))
    assert got.index.tolist() == [7, 9]
    assert got["region"].dtype == sent["region"].dtype


def test_polars_and_arrow_keep_categories_that_come_back():
    regions = pl.Enum(["S", "N"])
    sent = pl.DataFrame({"region": pl.Series(["N"], dtype=regions)})
    assert like(sent, make_frame("polars", ["region"], ["String"], [["N"]])).schema["region"] == regions
    arrow = pa.table({"region": pa.array(["N"]).dictionary_encode()})
    assert pa.types.is_dictionary(like(arrow, make_frame("pyarrow", ["region"], ["String"], [["N"]])).schema.types[0])


def test_frames_of_other_libraries_are_taken_through_arrow_or_the_interchange_protocol():
    assert sent_library(Stream()) == "pyarrow"
    assert names_of(known_frame(Stream())) == list(VALUES)
    assert known_frame(Interchange())["plan"].tolist() == ["basic", "plus"]
    assert known_frame(pl.DataFrame(VALUES).lazy()).shape == (2, 5)
    assert known_frame(FRAMES["pyarrow"].to_batches()[0]).num_rows == 2


@pytest.mark.parametrize("value", [[{"a": 1}], {"a": 1}, "x", np.zeros((2, 2)), pd.Series([1])])
def test_what_is_no_frame_is_not_taken_for_one(value):
    assert not is_frame(value)


def test_libraries_are_chosen_by_name():
    assert chosen_library(None) == "pandas"
    with pytest.raises(PerennialError, match=r"no library 'spark'\. Accepted: pandas, polars, pyarrow, records"):
        chosen_library("spark")


@pytest.mark.parametrize("library", FRAMES)
def test_a_frame_becomes_a_file_that_reads_back_with_its_types(library, tmp_path):
    frame = make_frame(library, [*VALUES, "zip"], [*KINDS, "String"], [*TEXTS, ["007", "010"]])
    with frame_file(frame, "people.csv", None) as (path, options):
        assert options == {"Types": {"zip": "text"}}
        content = path.read_bytes()
    columns = [{"Name": name, "Type": kind} for name, kind in zip([*VALUES, "zip"], [*KINDS, "String"], strict=True)]
    profile = {"Encoding": "utf-8", "Separator": "comma", "Header": True, "Columns": columns}
    back = dataset_frame("people.csv", profile, content, library)
    assert cells_of(back, list(VALUES)) == cells_of(frame, list(VALUES))
    assert cells_of(back, ["zip"]) == [["007", "010"]]


@pytest.mark.parametrize("name", [None, "people", "people.parquet", "a/b.csv"])
def test_a_frame_needs_the_name_of_a_csv_file(name):
    with pytest.raises(PerennialError, match=r"ends in \.csv"), frame_file(FRAMES["polars"], name, None):
        pass


def test_datasets_are_read_in_the_formats_that_their_profile_names():
    columns = [
        {"Name": "price", "Type": "Double", "Format": "numbers like 1.234,5 €", "MissingTexts": ["k.A."]},
        {"Name": "sold", "Type": "DateTime", "Format": "dates like 24.12.2025 (%d.%m.%Y)", "MissingTexts": []},
        {"Name": "ok", "Type": "Boolean", "Format": None, "MissingTexts": []},
    ]
    profile = {"Encoding": "cp1252", "Separator": "semicolon", "Header": True, "Columns": columns}
    content = "price;sold;ok\n1.234,50 €;24.12.2025;True\nk.A.;;False\n(2,5);01.02.2024;true\n".encode("cp1252")
    frame = dataset_frame("houses.csv", profile, content, "pandas")
    assert frame["price"].tolist()[::2] == [1234.5, -2.5]
    assert frame["price"].isna().tolist() == [False, True, False]
    assert frame["sold"][0] == pd.Timestamp("2025-12-24")
    assert frame["ok"].tolist() == [True, False, True]


def test_parquet_keeps_its_own_types():
    content = pa.BufferOutputStream()
    __import__("pyarrow.parquet").parquet.write_table(FRAMES["pyarrow"], content)
    raw = content.getvalue().to_pybytes()
    for library in FRAMES:
        assert type(dataset_frame("a.parquet", {}, raw, library)) is type(FRAMES[library])
    assert dataset_frame("a.parquet", {}, raw, "records")[0]["since"] == AT
    with pytest.raises(PerennialError, match="not a table of text"):
        dataset_frame("a.npy", {}, raw, "pandas")


def test_results_of_modules_have_the_types_that_their_cells_show():
    frame = result_frame(b"a,b,c,d,e\n1,1.5,True,2024-01-01T00:00:00,x\n2,,False,,\n", "pandas")
    assert [kind.kind for kind in frame.dtypes[:4]] == ["i", "f", "b", "M"]
    assert result_frame(b"", "records") == []


def test_scores_of_a_job_have_the_types_that_the_endpoint_describes():
    kinds = {"Scored Labels": "String", "Scored Probabilities": "Double"}
    frame = read_scores(b"Scored Labels,Scored Probabilities\n007,1\n,\n", kinds, "pandas")
    assert frame["Scored Labels"].tolist()[0] == "007"
    assert frame["Scored Probabilities"].dtype == "float64"


@pytest.mark.parametrize("library", [*FRAMES, "records"])
def test_records_become_frames_with_times_as_times(library):
    history = Records([{"Sequence": 1, "At": "2026-01-02T03:04:05Z", "Resources": [{"Name": "m"}]}, {"Sequence": 2}])
    frame = history.to_frame(library)
    assert len(frame) == 2
    at = frame[0]["At"] if library == "records" else frame["At"][0]
    assert str(at).startswith("2026-01-02 03:04:05")
    assert len(Records().to_frame(library)) == 0
    assert json.loads(json.dumps(history)) == history


def test_numbers_are_written_so_that_the_same_number_is_read(tmp_path):
    write_csv(FRAMES["polars"], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[1].startswith("30,0.30000000000000004,True,basic,2024-02-03T")
