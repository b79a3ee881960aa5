import pytest

from studio.errors import BadArgument
from studio.storage.pages import ALL, DEFAULT_LIMIT, Page, by_name, newest_first, read_page


def rows(count):
    return [{"RowKey": f"{number:02d}", "CreatedAt": f"2026-01-01T00:00:{number // 2:02d}"} for number in range(count)]


def test_pages_have_every_row_once_newest_first_also_if_one_is_deleted_and_one_added_in_between():
    there, seen, after = rows(9), [], ""
    while after is not None:
        page, after = newest_first(iter(there), Page(2, after))
        seen += [row["RowKey"] for row in page]
        there = [row for row in there if row["RowKey"] != seen[-1]] + [{"RowKey": "x", "CreatedAt": "2027"}]
    assert seen == [f"{number:02d}" for number in range(8, -1, -1)]
    assert newest_first(rows(3), Page(3, ""))[1] is None
    assert len(newest_first(rows(9), Page(ALL, ""))[0]) == 9


def test_pages_by_name_follow_one_another():
    found, after = by_name([(name, name.upper()) for name in "dbca"], Page(3, ""))
    assert (found, after) == (["A", "B", "C"], "c")
    assert by_name([("d", "D"), ("b", "B")], Page(3, after)) == (["D"], None)


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "limit", ["0", "-1", "1001", "x", "9" * 5000, "\u0661", "0000000019999", "000000001" + "9" * 5000]
)
def test_a_limit_out_of_bounds_is_refused_briefly(limit):
    with pytest.raises(BadArgument, match="from 1 to 1000") as caught:
        read_page(limit, None)
    assert len(caught.value.message) < 100
    with pytest.raises(BadArgument, match="got 500 characters"):
        read_page(None, "x" * 500)
    assert read_page(None, None) == Page(DEFAULT_LIMIT, "")
