"""Relational expressions are read once from left to right, however long or odd they are."""

import time

import pytest

from studio.graph.relational_expression import MAX_COMPARISONS, ExpressionError, read_column, read_comparisons


def read(text):
    return [[(item.operator, item.value, item.column) for item in part] for part in read_comparisons(text)]


def test_and_binds_before_or_and_the_column_may_be_named_again():
    assert read(" == 1 | > 2 & < 4 ") == [[("==", "1", None)], [(">", "2", None), ("<", "4", None)]]
    assert read('>3&\\"a b"<=9') == [[(">", "3", None), ("<=", "9", "a b")]]
    assert read_column('\\"a b" > 3') == ("a b", "> 3")
    assert read_column("a > 3") is None


@pytest.mark.parametrize("text", ["", ">", "> ", "> 1 &", "> 1 | ", "> 1 < 2", "> 1 = 2", "3", "> 1 && < 2", "=> 1"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ExpressionError, match="is not valid at"):
        read(text)


@pytest.mark.attack("Patterns and expressions")
@pytest.mark.parametrize(
    "text",
    [
        "> 1" + " " * 8000 + "=",
        "> " + " " * 8000,
        "> 1" + " " * 20_000,
        "> 1 " + "& < 1 " * 3000,
        "> 1 | " + '"' * 9000,
        "> 1 & " + '\\"' * 4000,
        "> 1 & " + " " * 9000 + '"a',
        "> 1 " * 2000,
    ],
)
def test_no_expression_takes_long_to_refuse(text):
    started = time.process_time()
    with pytest.raises(ExpressionError):
        read(text)
    assert time.process_time() - started < 0.1


@pytest.mark.attack("Patterns and expressions")
def test_the_name_of_a_column_is_read_once():
    started = time.process_time()
    for text in (" " * 9000, '"' + "a\\" * 100_000, '"' + " " * 9000 + '"', '\\"' * 5000):
        read_column(text)
    assert time.process_time() - started < 0.1
    assert len(read("> 1 & " * (MAX_COMPARISONS - 1) + "> 1")[0]) == MAX_COMPARISONS
