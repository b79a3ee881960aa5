"""What files are taken for: encodings, separators, kinds of cells, and what is said about them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import BadArgument, BadUserArgument
from studio.tables.files import infer_column, read_table, table_columns
from studio.tables.leaks import leaks
from studio.tables.options import parse_types, read_options
from studio.tables.profile import read_profiled
from studio.tables.text_encodings import find_encoding, is_utf8


def profiled(text, extension=".csv", **options):
    return read_profiled(text.encode() if isinstance(text, str) else text, extension, read_options(options))


def read(text, **options):
    return profiled(text, **options).table.to_pydict()


cells = st.sampled_from(["1", "2.5", "-3", "true", "False", "NaN", "", "x", "y z", "0x1F", "1e3", "NA", "1_000", "Ä"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8))
def test_columns_that_are_clean_without_guessing_stay_as_they_are(rows):
    content = "\n".join(["a,b,c", *map(",".join, rows)]).encode()
    plain, guessed = read_table(content, ".csv"), read_profiled(content, ".csv")
    for name, column in zip(plain.column_names, table_columns(plain), strict=True):
        if plain[name].type != "string":
            assert guessed.table[name].equals(plain[name])
            assert column in guessed.columns
            assert all(item.format is None for item in guessed.columns if item.name == name)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400))
def test_the_same_file_has_the_same_profile_and_any_bytes_are_read_or_refused(content):
    found = []
    for _ in range(2):
        try:
            found.append(read_profiled(content, ".csv").profile.to_json())
        except BadUserArgument as error:
            found.append(error.message)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "text, encoding, found",
    [
        ("Müller;Köln", "cp1252", "cp1252"),
        ("12 m²;±5°;£3;¿Qué?", "cp1252", "cp1252"),
        ("it\u2019s “so” \u2013 €", "cp1252", "cp1252"),
        ("Łukasz,Żaneta,Gdańsk", "cp1250", "cp1250"),
        ("Иван,Москва", "cp1251", "cp1251"),
        ("Γιώργος,Αθήνα", "cp1253", "cp1253"),
        ("田中,東京", "shift_jis", "shift_jis"),
        ("王伟,北京\n李娜,上海\n姓名,城市", "gb18030", "gb18030"),
        ("Müller", "utf-16", "utf-16"),
        ("Müller,1,2", "utf-16-le", "utf-16-le"),
        ("Müller", "utf-8-sig", "utf-8"),
        ("Müller", "utf-8", "utf-8"),
    ],
)
def test_encodings_are_told_apart(text, encoding, found):
    assert find_encoding(f"name,city\n{text}\n".encode(encoding)) == found


def test_a_known_encoding_comes_first_and_a_wrong_one_is_named():
    assert profiled("a\nJiří\n".encode("cp1250"), Encoding="windows-1250").table["a"].to_pylist() == ["Jiří"]
    with pytest.raises(BadUserArgument, match="The file is not in UTF-8: byte 4, in line 2, is 0xFC"):
        profiled("a\nMüller\n".encode("cp1252"), Encoding="utf-8")
    assert is_utf8("ä".encode()[:1])
    assert not is_utf8("ä,".encode("cp1252"))


@pytest.mark.parametrize(
    "text, options, values",
    [
        ("a;b\n1;2\n", {}, {"a": [1], "b": [2]}),
        ('"a;b";c\n1;2,5\n', {}, {"a;b": [1], "c": [2.5]}),
        ("a,b\n1;5,2\n", {}, {"a": ["1;5"], "b": [2]}),
        ("tags\nx;y\nz;w\n", {}, {"tags": ["x;y", "z;w"]}),
        ("a;b\n1;2\n", {"Separator": "comma"}, {"a;b": ["1;2"]}),
        ("2020,2021\n1,2\n", {}, {"2020": [1], "2021": [2]}),
        ("0.1,0.5,0.9\n1,2,3\n", {}, {"0.1": [1], "0.5": [2], "0.9": [3]}),
        ("5.1,3.5,a\n4.9,3.0,a\n", {}, {"Col1": [5.1, 4.9], "Col2": [3.5, 3.0], "Col3": ["a", "a"]}),
        ("5.1,3.5,a\n4.9,3.0,a\n", {"Header": True}, {"5.1": [4.9], "3.5": [3.0], "a": ["a"]}),
        ("a,b\n1,2\n", {"Header": False}, {"Col1": ["a", "1"], "Col2": ["b", "2"]}),
    ],
)
def test_separators_and_headers(text, options, values):
    assert read(text, **options) == values


@pytest.mark.parametrize(
    "lines, options, values",
    [
        (["$1", "$2,000.5"], {}, [1, 2000.5]),
        (["$1", "€2"], {}, ["$1", "€2"]),
        (["1,234", "5,600"], {}, [1234, 5600]),
        (["1,234", "5,600"], {"DecimalMark": ","}, [1.234, 5.6]),
        (["1,5", "2"], {}, [1.5, 2.0]),
        (["555 123 456", "555 987 654"], {}, ["555 123 456", "555 987 654"]),
        (["192.168.0.1", "10.0.0.1"], {}, ["192.168.0.1", "10.0.0.1"]),
        (["5 kg", "6 kg"], {}, ["5 kg", "6 kg"]),
        (["12%", "5"], {}, ["12%", "5"]),
        (["1", "?"], {}, [1, None]),
        (["$1", "x"], {"Guess": False}, ["$1", "x"]),
        (["$1", "$2"], {"Guess": False, "Types": {"a": "number"}}, [1, 2]),
        (["$1", "$2"], {"Types": {"a": "text"}}, ["$1", "$2"]),
        (["1", "2"], {"Types": {"a": "text"}}, ["1", "2"]),
        (["01/02/2025", "03/04/2025"], {}, ["2025-01-02T00:00:00", "2025-03-04T00:00:00"]),
        (["01/02/2025", "13/04/2025"], {}, ["2025-02-01T00:00:00", "2025-04-13T00:00:00"]),
        (["01/02/2025", "03/04/2025"], {"Types": {"a": "dd/mm/yyyy"}}, ["2025-02-01T00:00:00", "2025-04-03T00:00:00"]),
        (["2025-01-02 10:30", "2025-01-03T00:00:00Z"], {}, ["2025-01-02T10:30:00", "2025-01-03T00:00:00"]),
        (["2025-13-02", "2025-01-03"], {}, ["2025-13-02", "2025-01-03"]),
    ],
)
def test_what_columns_are_taken_for(lines, options, values):
    assert read("a,b\n" + "".join(f'"{line}",x\n' for line in lines), **options)["a"] == values


def test_a_few_cells_that_disagree_are_counted():
    column = profiled("p,q\n" + "5,1\n" * 9997 + "x,1\ny,1\nx,1\n").profile.columns[0]
    assert (column.disagree, column.column.type.value) == (3, "String")
    assert "looks like numbers (like 5), but 3 of 10,000 cells are not, such as 'x', 'y'" in column.warnings[0]


def test_a_column_type_that_does_not_fit_names_the_cell_and_one_that_is_not_there_the_columns():
    with pytest.raises(BadUserArgument, match="Row 2, column 'a': 'x' is not a valid Double"):
        profiled("a,b\n1,1\nx,2\n", Types={"a": "number"})
    with pytest.raises(BadUserArgument, match="Column types name 'z', but the file has 'a', 'b'"):
        profiled("a,b\n1,1\n", Types={"z": "number"})


def test_columns_that_give_the_label_away_are_named():
    lines = [f"{row % 3},{'abc'[row % 3]},{row % 7},{row % 3 * 2.5 + 1}" for row in range(60)]
    found = leaks(profiled("\n".join(["label,code,other,score", *lines])), "label")
    assert set(found) == {"code", "score"}
    lines = [f"{row * 1.5},{row * 3 + 1},{row % 7}" for row in range(60)]
    assert set(leaks(profiled("\n".join(["price,twice,other", *lines])), "price")) == {"twice"}
    with pytest.raises(BadUserArgument, match=r"There is no column 'lable'\. The file has 'a'"):
        leaks(profiled("a\n1\n"), "lable")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"Seperator": ";"}, "Did you mean 'Separator'"),
        ({"Separator": "x"}, "Separator must be one of comma, semicolon, tab, pipe, got 'x'"),
        ({"DecimalMark": ";"}, "DecimalMark must be one of point, comma"),
        ({"Encoding": "latin-99"}, "There is no encoding 'latin-99'"),
        ({"Encoding": "zlib"}, "There is no encoding 'zlib'"),
        # Its reader takes time that grows with the square of the length: hours for a few megabytes.
        ({"Encoding": "Punycode"}, "There is no encoding 'Punycode'"),
        ({"Encoding": "unicode_escape"}, "There is no encoding 'unicode_escape'"),
        ({"Header": "yes"}, "Header must be true or false"),
        ({"Types": {"a": "float"}}, "The type of 'a' must be number, text, date or a date pattern"),
        ({"Types": ["a"]}, "Types must map"),
        ({"Missing": "n/a"}, "Missing must be a list"),
        ({"Missing": ["x" * 99]}, "at most 64 characters"),
        ([], "Options must be an object"),
    ],
)
def test_options_that_are_not_accepted_are_named(options, words):
    with pytest.raises((BadArgument, BadUserArgument), match=words):
        read_options(options)


def test_options_are_stored_as_they_are_read_and_types_may_be_written_as_text():
    given = {"Encoding": "cp1252", "Separator": ";", "DecimalMark": ",", "Types": {"a": "%d.%m.%Y"}, "Guess": False}
    assert read_options(given).to_json() == given
    assert read_options({"Separator": "semicolon"}).to_json() == {"Separator": ";"}
    assert parse_types("price: number; when: dd.MM.yyyy\ncode: text") == {
        "price": "number",
        "when": "%d.%m.%Y",
        "code": "text",
    }
    with pytest.raises(BadArgument, match="must be written as"):
        parse_types("price number")


def test_a_column_without_any_text_is_inferred_as_before():
    assert str(infer_column(read_table(b"a,b\n,1\n", ".csv")["a"].cast("string")).type) != "string"
