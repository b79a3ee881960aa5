"""The prediction log as clients read it: spans of time, pages without gaps or repeats, four formats."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from studio.errors import BadArgument
from studio.monitoring.log_pages import moment_or_ago, read_format, read_page, read_page_size, read_span, write_page
from studio.monitoring.log_view import View, read_order
from tests.storage.monitored import NOON, PERSON, Monitored
from tests.storage.schemas import fits

SPAN = read_span("2026-05-01", "2026-05-03", now=NOON)


@pytest.fixture(scope="module")
def people(deployment):
    people = Monitored(deployment)
    for hours in range(3):
        for second in range(4):
            people.storage.at = NOON + timedelta(hours=hours, seconds=second)
            people.score(*[PERSON] * 3, request_id=f"{hours}-{second}")
    people.flush()
    return people


@pytest.mark.parametrize("limit", [1, 2, 5, 12, 13, 35, 36, 100])
def test_pages_tell_each_row_once(people, limit):
    seen, span, pages = [], SPAN, 0
    while True:
        page = read_page(people.storage, people.endpoint, span, limit, ["id"])
        seen += page.table["id"].to_pylist() if page.table.num_rows else []
        pages += 1
        if page.complete:
            break
        span = read_span(page.until.isoformat(), "2026-05-03", now=NOON)
        # Rows of one moment stay together.
        assert len(seen) % 3 == 0
    assert seen == [f"{hours}-{second}/{row}" for hours in range(3) for second in range(4) for row in range(3)]
    assert pages <= 36 // limit + 12


def test_a_page_is_the_same_in_each_format(people):
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    page = read_page(people.storage, people.endpoint, SPAN, 6)
    value = json.loads(write_page(page, "json"))
    assert fits("LogPage", value)
    assert (value["Complete"], value["Missing"], value["Until"]) == (False, 0, "2026-05-01T12:03:02.000000Z")
    names = [column["Name"] for column in value["Columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in value["Rows"]]
    assert rows[0]["at"] == "2026-05-01T12:03:00.000000Z"
    with pa.ipc.open_stream(write_page(page, "arrow")) as stream:
        arrow = stream.read_all()
    assert arrow.schema.metadata == {b"missing": b"0"}
    assert pq.read_table(io.BytesIO(write_page(page, "parquet"))).equals(arrow)
    assert pa_csv.read_csv(io.BytesIO(write_page(page, "csv")))["id"].to_pylist() == [row["id"] for row in rows]
    assert arrow["score/Scored Probabilities"].to_pylist() == [row["score/Scored Probabilities"] for row in rows]


def test_an_empty_log_is_an_empty_page(deployment):
    people = Monitored(deployment)
    page = read_page(people.storage, people.endpoint, SPAN, 10)
    for format_ in ("arrow", "parquet"):
        assert write_page(page, format_)
    assert json.loads(write_page(page, "json"))["Rows"] == []


def test_times_are_absolute_or_so_long_ago():
    hour = timedelta(hours=1)
    assert read_span(None, None, now=NOON).since == NOON - 24 * hour
    assert moment_or_ago("since", "90m", now=NOON) == NOON - 1.5 * hour
    assert moment_or_ago("since", "7d", now=NOON) == NOON - 168 * hour
    assert moment_or_ago("since", "2026-05-01T12:00:00 02:00", now=NOON) == datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.mark.attack("Names, headers and keys")
def test_what_is_no_time_size_or_format_is_refused():
    for text in ("yesterday", "7w", "1e9d", "0001-01-01T00:00+14:00", "'; drop", "9" * 50):
        with pytest.raises(BadArgument, match="since must be a time"):
            moment_or_ago("since", text, now=NOON)
    for text in ("0", "100001", "-1", "1.5"):
        with pytest.raises(BadArgument, match="limit must be"):
            read_page_size(text)
    with pytest.raises(BadArgument, match="format must be json or csv"):
        read_format("xlsx")
    with pytest.raises(BadArgument, match="until must be later"):
        read_span("2026-05-02", "2026-05-01", now=NOON)


@pytest.mark.parametrize("limit", [1, 5, 35, 100])
def test_pages_from_the_latest_row_back_tell_each_row_once(people, limit):
    seen, span = [], SPAN
    for _ in range(40):
        page = read_page(people.storage, people.endpoint, span, limit, ["id"], View(latest_first=True))
        seen += page.table["id"].to_pylist() if page.table.num_rows else []
        if page.complete:
            break
        span = read_span("2026-05-01", page.since.isoformat(), now=NOON)
    rows = [f"{hours}-{second}/{row}" for hours in range(3) for second in range(4) for row in range(3)]
    assert seen == rows[::-1]


def test_a_page_has_the_rows_of_one_deployment_and_the_truths_that_came(deployment):
    people = Monitored(deployment)
    people.score(PERSON, PERSON, request_id="a")
    people.flush()
    body = {"Truths": [{"Id": "a/1", "Value": "yes"}]}
    people.app.truths.add(people.endpoint, body, now=NOON)
    page = read_page(people.storage, people.endpoint, SPAN, 10, ["row"], View("current", truths=True))
    assert page.table["truth"].to_pylist() == [None, "yes"]
    assert "truth" not in read_page(people.storage, people.endpoint, SPAN, 10).table.column_names
    assert read_page(people.storage, people.endpoint, SPAN, 10, None, View("candidate")).table.num_rows == 0


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(BadArgument, match="oldest or latest"):
        read_order("newest")
