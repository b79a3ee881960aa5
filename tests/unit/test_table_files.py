import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BadUserArgument
from studio.tables.files import (
    column_names,
    first_row_bytes,
    read_table,
    read_typed_table,
    require_columns,
    table_columns,
    write_table,
)
from studio.tables.schema import Column, ColumnType


def types(content: str, extension: str = ".csv") -> list[str]:
    return [column.type.value for column in table_columns(read_table(content.encode(), extension))]


def test_types_are_inferred_from_every_cell():
    text = "i,d,b,t,big,gap\n1,1.5,true,x,3000000000,\n-2,2,False,y,1,7\n"
    assert types(text) == ["Int32", "Double", "Boolean", "String", "Int64", "Int32"]


def test_blanks_around_numbers_and_missing_tokens_do_not_make_text():
    table = read_table(b"a,b\n 1 ,NaN\n2,3.5\n", ".csv")
    assert table["a"].to_pylist() == [1, 2]
    assert table["b"].to_pylist() == [None, 3.5]


def test_an_empty_text_is_missing_and_quotes_keep_commas_and_line_breaks():
    table = read_table(b'a,b\n"x, y",\n"two\nlines",z\n', ".csv")
    assert table["a"].to_pylist() == ["x, y", "two\nlines"]
    assert table["b"].to_pylist() == [None, "z"]


def test_a_byte_order_mark_a_header_in_quotes_and_no_final_line_break_are_fine():
    table = read_table(b'\xef\xbb\xbf"Scored Probabilities for Class ""0""",b\n1,2', ".csv")
    assert table.column_names == ['Scored Probabilities for Class "0"', "b"]


def test_tsv_and_headerless_files_are_read():
    assert read_table(b"a\tb\n1\t2\n", ".tsv").column_names == ["a", "b"]
    assert read_table(b"1,2\n3,4\n", ".csv", header=False)["Col2"].to_pylist() == [2, 4]


def test_arff_is_read_with_its_missing_marker_and_quotes():
    text = "% c\n@relation r\n@attribute 'a b' numeric\n@attribute c {x,y}\n@data\n1,x\n?,'y, z'\n"
    table = read_table(text.encode(), ".arff")
    assert table.column_names == ["a b", "c"]
    assert table["a b"].to_pylist() == [1, None]
    assert table["c"].to_pylist() == ["x", "y, z"]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a,,c\n1,2,3\n", b"a,a\n1,2\n", b"a,b\n1\n", b"a,b\n\xc3\xa4\xc3\xa4\xff,1\n"]
)
def test_unreadable_files_are_refused(content):
    with pytest.raises(BadUserArgument) as caught:
        read_table(content, ".csv")
    assert caught.value.details[0].code == "InputParseError"


def test_typed_reading_names_row_column_and_value():
    with pytest.raises(BadUserArgument, match=r"Row 2, column 'a': 'x' is not a valid Double") as caught:
        read_typed_table(b"a\n1\nx\n", ".csv", [Column("a", ColumnType.INT32)])
    assert caught.value.details[0].target == "a"


def test_whole_numbers_that_got_fractions_become_double_and_other_columns_are_left_out():
    table, columns = read_typed_table(
        b"a,b,c\n1.5,007,x\n",
        ".csv",
        [
            Column("a", ColumnType.INT32),
            Column("b", ColumnType.STRING),
        ],
    )
    assert [column.type for column in columns] == [ColumnType.DOUBLE, ColumnType.STRING]
    assert table.to_pylist() == [{"a": 1.5, "b": "007"}]


def test_custom_tokens_are_missing_in_columns_of_numbers_only():
    columns = [Column("n", ColumnType.INT32), Column("t", ColumnType.STRING)]
    table, typed = read_typed_table(b"n,t\n1,?\n ? ,x\n", ".csv", columns, ["?"])
    assert table.to_pylist() == [{"n": 1, "t": "?"}, {"n": None, "t": "x"}]
    assert typed == tuple(columns)


def test_a_missing_column_is_named():
    with pytest.raises(BadUserArgument, match="'z'") as caught:
        read_typed_table(b"a\n1\n", ".csv", [Column("z", ColumnType.STRING)])
    assert caught.value.details[0].code == "InputMismatchError"


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=8).filter(
    lambda text: text not in ("", "?") and text == text.strip()
)


@given(st.lists(st.tuples(texts | st.none(), st.integers(-(2**40), 2**40) | st.none()), min_size=1, max_size=8))
def test_what_is_written_as_csv_reads_back(rows):
    columns = [Column("t", ColumnType.STRING), Column("n", ColumnType.INT64)]
    table, _ = read_typed_table(write_table(columns, iter(rows), ".csv"), ".csv", columns)
    assert list(zip(table["t"].to_pylist(), table["n"].to_pylist(), strict=True)) == rows


def processor_seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "content",
    [b'"' + b"\n" * 1_000_000, b'"' + b'\n""' * 300_000, b"a,b\n" + b'"' + b"\n" * 1_000_000],
    ids=["open quote", "quotes", "open quote below the header"],
)
def test_a_quote_that_is_never_closed_takes_time_in_proportion_to_the_file(content):
    def read():
        for work in (lambda: read_table(content, ".csv"), lambda: first_row_bytes(content)):
            with contextlib.suppress(BadUserArgument):
                work()

    assert processor_seconds(read) < 3


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "content, extension, text",
    [
        (",".join(f"c{number}" for number in range(20_001)), ".csv", "20,001 columns; at most 20,000"),
        (",".join(f"c{number}" for number in range(20_001)), ".tsv", None),
        ("a," + "b" * 1001, ".csv", "1,001 characters; at most 1,000"),
        ("@relation r\n@attribute a numeric\n@attribute a numeric\n@data\n1,2\n", ".arff", "two columns named 'a'"),
        ("\n".join(f"@attribute c{number} numeric" for number in range(20_001)), ".arff", "20,001 columns"),
    ],
)
def test_headers_have_limits(content, extension, text):
    with pytest.raises(BadUserArgument, match=text or "characters; at most") as caught:
        read_table((content + "\n1\n").encode(), extension)
    assert len(caught.value.message) < 300


@pytest.mark.attack("Size and time")
def test_wide_tables_take_time_in_proportion_to_their_columns():
    names = [f"c{number}" for number in range(20_000)]
    content = (",".join(names) + "\n" + ",".join("1" * len(names)) + "\n").encode()
    assert processor_seconds(lambda: column_names(content, ",", True)) < 0.5
    columns = [Column(name, ColumnType.INT32) for name in names]
    assert processor_seconds(lambda: require_columns(names, columns)) < 0.5
    with pytest.raises(BadUserArgument, match="lacks the columns") as caught:
        require_columns([], columns)
    assert len(caught.value.message) < 1000
