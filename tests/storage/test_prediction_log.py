"""The prediction log: what was asked and answered is kept as the settings say, and told in order of time."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from azure.core.exceptions import ServiceRequestError

from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.monitoring import collector, frames
from studio.monitoring.collector import is_request_id
from studio.monitoring.frames import HEAD, read_head, unpacked
from studio.monitoring.log import read_hours
from studio.monitoring.parts import LOG_PARTS, PartWriter, blocks_of, list_parts, missing_rows
from studio.monitoring.rows import in_share
from studio.monitoring.settings import (
    delete_prediction_log,
    get_prediction_log,
    prediction_log_object,
    put_prediction_log,
)
from studio.registry.endpoints import get_endpoint
from tests.storage.monitored import NOON, PERSON, Monitored


@pytest.fixture
def people(deployment):
    return Monitored(deployment)


def test_each_row_is_kept_with_its_inputs_scores_model_and_time(people):
    request, (first, second) = people.score(PERSON, PERSON | {"age": None, "city": "Kyoto"}, request_id="order-7")
    people.flush()
    rows = people.rows()
    assert [row["id"] for row in rows] == ["order-7/0", "order-7/1"]
    assert request == "order-7"
    model = people.endpoint.resources[0].model
    assert rows[0] == {
        "id": "order-7/0",
        "at": NOON,
        "row": 0,
        "output": "output1",
        "deployment": "current",
        "model": model,
        "version": 1,
        "mode": "request",
        "input/age": 30,
        "input/city": "Oslo",
        "input/hours": 3.5,
        "input/smoker": True,
        "score/Scored Labels": first["Scored Labels"],
        "score/Scored Probabilities": float(first["Scored Probabilities"]),
    }
    assert (rows[1]["input/age"], rows[1]["input/city"]) == (None, "Kyoto")
    assert rows[1]["score/Scored Probabilities"] == float(second["Scored Probabilities"])


def test_rows_of_hours_processes_and_models_are_told_in_order_of_time(people):
    for minutes in (70, 0, 35):
        people.storage.at = NOON + timedelta(minutes=minutes)
        people.score(PERSON, request_id=f"{minutes}")
        people.flush()
        people.process()
    people.storage.at = NOON + timedelta(minutes=71)
    other = people.swap("Two-Class Boosted Decision Tree")
    people.score(PERSON, PERSON, request_id="71")
    people.flush()
    rows = people.rows()
    assert [row["id"] for row in rows] == ["0/0", "35/0", "70/0", "71/0", "71/1"]
    assert [row["version"] for row in rows] == [1, 1, 1, 2, 2]
    assert rows[-1]["model"] == other
    hour = timedelta(hours=1)
    within = people.rows(since=NOON + timedelta(minutes=1), until=NOON + hour, columns=["id"])
    assert within == [{"id": "35/0"}]


def test_texts_and_numbers_of_either_shape_of_request_have_the_columns_types(people):
    table = {"ColumnNames": ["smoker", "hours", "city", "age"], "Values": [["1", "2", "", "41"], ["", "NaN", "x", ""]]}
    people.score(value=table, request_id="t")
    people.flush()
    first, second = people.rows(columns=["input/age", "input/city", "input/hours", "input/smoker"])
    assert first == {"input/age": 41, "input/city": None, "input/hours": 2.0, "input/smoker": True}
    assert second == {"input/age": None, "input/city": "x", "input/hours": None, "input/smoker": None}


def test_columns_are_left_out_or_hashed_with_the_workspaces_own_secret(deployment):
    one, two = (Monitored(deployment, settings={"LeaveOut": ["age"], "Hash": ["city"]}) for _ in range(2))
    seen = []
    for people in (one, two):
        people.score(PERSON, PERSON, PERSON | {"city": None})
        people.flush()
        rows = people.rows()
        assert "input/age" not in rows[0]
        assert rows[0]["input/hours"] == 3.5
        cities = [row["input/city"] for row in rows]
        assert cities[0] == cities[1] != "Oslo"
        assert len(cities[0]) == 32
        assert cities[2] is None
        seen.append(cities[0])
        content = b"".join(stored_frames(people))
        assert b"Oslo" not in content
        assert b"age" not in content
    assert seen[0] != seen[1]


def test_a_share_of_the_rows_is_kept_the_same_ones_each_time(deployment):
    people = Monitored(deployment, settings={"Share": 0.25})
    for _ in range(2):
        people.score(*[PERSON] * 400, request_id="again")
        people.flush()
    kept = [row["row"] for row in people.rows()]
    assert kept[: len(kept) // 2] == kept[len(kept) // 2 :]
    assert 70 < len(kept) / 2 < 130
    assert kept[: len(kept) // 2] == [row for row in range(400) if in_share(f"again/{row}", 0.25)]


def test_the_id_may_be_a_column_that_the_model_does_not_take(deployment):
    people = Monitored(deployment, settings={"IdColumn": "order"})
    people.score(PERSON | {"order": 17}, PERSON | {"order": "b"}, PERSON, request_id="r")
    people.score(value={"ColumnNames": [*PERSON, "order"], "Values": [[*PERSON.values(), "c"]]}, request_id="s")
    people.flush()
    assert [row["id"] for row in people.rows()] == ["17", "b", "r/2", "c"]


def test_ids_that_no_header_can_have_are_replaced():
    assert is_request_id("a-1 b")
    assert not any(is_request_id(text) for text in ("", "x" * 129, "a\r\nset-cookie: b", "ä", "\x00"))


def test_a_hashed_id_is_what_decides_which_share_it_is_in(deployment):
    people = Monitored(deployment, settings={"IdColumn": "order", "Hash": ["order"], "Share": 0.5})
    people.score(*[PERSON | {"order": f"o-{number}"} for number in range(40)], request_id="r")
    people.flush()
    ids = [row["id"] for row in people.rows()]
    assert 5 < len(ids) < 35
    assert all(len(id_) == 32 and in_share(id_, 0.5) for id_ in ids)


def test_columns_that_the_model_does_not_take_are_never_stored(people):
    people.score(PERSON | {"name": "Ada Lovelace"}, request_id="a")
    people.flush()
    assert b"Lovelace" not in b"".join(stored_frames(people))


def stored_frames(people):
    """Return what the frames of an endpoint's parts hold, unpacked."""
    for part in list_parts(people.storage, LOG_PARTS, people.workspace.id):
        rest = memoryview(people.storage.container(LOG_PARTS).download_blob(part.name).readall())
        while rest:
            head = read_head(rest)
            yield unpacked(head, rest)
            rest = rest[HEAD.size + head.packed :]


def test_requests_of_many_rows_become_records_of_a_thousand_with_their_numbers(people):
    people.score(*[PERSON | {"age": number} for number in range(2500)], request_id="m")
    people.flush()
    assert [(row["id"], row["row"], row["input/age"]) for row in people.rows()] == [
        (f"m/{number}", number, number) for number in range(2500)
    ]


def test_blocks_of_earlier_versions_are_read_beside_frames(people):
    import pyarrow as pa

    people.score(PERSON, request_id="new")
    people.flush()
    (part,) = list_parts(people.storage, LOG_PARTS, people.workspace.id)
    kind = pa.timestamp("us", "UTC")
    table = pa.table({"id": ["old/0"], "at": pa.array([NOON - timedelta(minutes=1)], kind), "input/age": [7]})
    writer = PartWriter(people.storage, LOG_PARTS)
    for content, _ in blocks_of(table, 2):
        writer.append(part.name.rpartition("/")[0], content)
    people.flush()
    (hour,) = read_hours(
        people.storage, people.endpoint, since=NOON - timedelta(hours=1), until=NOON + timedelta(hours=1)
    )
    assert hour.table["id"].to_pylist() == ["old/0", "new/0"]
    assert (hour.table["input/age"].to_pylist(), hour.missing) == ([7, 30], 2)


@pytest.mark.attack("Sizes and numbers")
def test_cells_that_no_column_can_hold_cost_no_other_row(people):
    odd = [PERSON | {"hours": 1e308, "age": 2**40}, PERSON | {"city": "\u0000'\"\n", "hours": 1e-320}]
    people.score(*odd, PERSON)
    people.score(PERSON | {"hours": 2**70}, PERSON | {"hours": math.nan})
    people.flush()
    rows = people.rows()
    assert [row["input/age"] for row in rows] == [2**40, 30, 30, 30, 30]
    assert rows[1]["input/city"] == "\u0000'\"\n"
    assert [row["input/hours"] for row in rows[3:]] == [2.0**70, None]


class Away:
    """A storage service that takes nothing for as long as a test wants."""

    def __init__(self, writer):
        self.writer, self.away, self.forget = writer, True, writer.forget

    def append(self, folder, block):
        if self.away:
            raise ServiceRequestError("away")
        self.writer.append(folder, block)


@pytest.mark.attack("Work that is cut off")
def test_while_storage_is_away_scoring_goes_on_and_what_no_longer_fits_is_counted(people, monkeypatch):
    monkeypatch.setattr(collector, "MAX_BACKLOG", 10_000)
    log = people.app.predictions
    log._writer = away = Away(log._writer)
    sent = 0
    for _ in range(40):
        sent += 30
        assert len(people.score(*[PERSON] * 30)[1]) == 30
        with pytest.raises(ServiceRequestError):
            log.flush()
        assert log._backlog_size <= 10_000
    away.away = False
    log.flush()
    log.flush()
    (hour,) = read_hours(people.storage, people.endpoint, since=NOON, until=NOON + timedelta(hours=1))
    assert 0 < hour.missing < sent
    assert hour.table.num_rows + hour.missing == sent


def test_rows_that_do_not_fit_into_memory_are_counted(people, monkeypatch):
    monkeypatch.setattr(collector, "MAX_WAITING", 8_000)
    monkeypatch.setattr(collector, "MANY_WAITING", 1 << 40)
    for _ in range(10):
        people.score(*[PERSON] * 50)
    people.flush()
    (hour,) = read_hours(people.storage, people.endpoint, since=NOON, until=NOON + timedelta(hours=1))
    assert hour.missing > 0
    assert hour.table.num_rows + hour.missing == 500


def test_a_block_whose_response_was_lost_is_not_written_twice(people):
    log = people.app.predictions
    writer = log._writer
    people.score(PERSON, request_id="a")
    people.flush()
    (folder,) = writer._open
    client, _ = writer._open[folder]
    people.score(PERSON, request_id="b")
    append, lost = client.append_block, []

    def append_and_lose(*given, **options):
        append(*given, **options)
        lost.append(1)
        raise ServiceRequestError("no response")

    client.append_block = append_and_lose
    with pytest.raises(ServiceRequestError):
        people.flush()
    client.append_block = append
    people.flush()
    assert lost
    assert [row["id"] for row in people.rows()] == ["a/0", "b/0"]


def test_a_large_table_becomes_several_blocks_and_a_row_too_large_is_counted():
    import pyarrow as pa

    noise = np.random.default_rng(1).integers(0, 256, 6_000_000, dtype=np.uint8).tobytes().decode("latin1")
    texts = [noise[start : start + 1_000_000] for start in range(0, 4_000_000, 1_000_000)]
    blocks = blocks_of(pa.table({"a": texts}), 3)
    assert [rows for _, rows in blocks] == [2, 2]
    ((content, rows),) = blocks_of(pa.table({"a": [noise]}), 3)
    assert rows == 1
    with pa.ipc.open_stream(content) as stream:
        table = stream.read_all()
    assert (table.num_rows, missing_rows(table)) == (0, 4)


def test_records_too_large_to_append_are_split_and_a_row_too_large_is_counted(people, monkeypatch):
    monkeypatch.setattr(frames, "MAX_BLOCK", 2500)
    noise = [bytes(np.random.default_rng(seed).integers(33, 126, 900, dtype=np.uint8)).decode() for seed in range(9)]
    people.score(*[PERSON | {"city": text} for text in noise], request_id="w")
    people.score(PERSON | {"city": "".join(noise)}, request_id="too large")
    people.score(PERSON, request_id="last")
    people.flush()
    (hour,) = read_hours(people.storage, people.endpoint, since=NOON, until=NOON + timedelta(hours=1))
    assert hour.table["id"].to_pylist() == [*[f"w/{row}" for row in range(9)], "last/0"]
    assert hour.table["input/city"].to_pylist() == [*noise, "Oslo"]
    assert len(set(hour.table["score/Scored Probabilities"].to_pylist())) > 1
    assert hour.missing == 1


def test_settings_are_kept_shown_and_switched_off(people):
    storage = people.storage
    given = {"Share": 0.5, "IdColumn": "order", "LeaveOut": ["age"], "Hash": ["city"], "RetentionDays": 7}
    changed = put_prediction_log(storage, people.endpoint, given, by="t", now=NOON)
    stored = get_endpoint(storage, changed.workspace_id, changed.id)
    assert prediction_log_object(get_prediction_log(stored)) == given
    assert stored.change.action == "prediction log"
    assert stored.resources == people.endpoint.resources
    off = delete_prediction_log(storage, stored, by="t", now=NOON)
    assert delete_prediction_log(storage, off, by="t", now=NOON) == off
    with pytest.raises(NotFound, match="no prediction log"):
        get_prediction_log(get_endpoint(storage, changed.workspace_id, changed.id))


def test_everything_wrong_with_settings_is_said_at_once(people):
    body = {"Share": 0, "IdColumn": 3, "LeaveOut": ["aeg"], "Hash": "city", "RetentionDays": 0, "Leaveout": []}
    with pytest.raises(BadArgument) as caught:
        put_prediction_log(people.storage, people.endpoint, body, by="t", now=NOON)
    texts = [detail.message for detail in caught.value.details]
    assert len(texts) == 6
    assert any("Did you mean 'LeaveOut'?" in text for text in texts)
    assert any("Did you mean 'age'?" in text for text in texts)
    with pytest.raises(BadArgument, match="both name the column 'age'"):
        put_prediction_log(people.storage, people.endpoint, {"LeaveOut": ["age"], "Hash": ["age"]}, by="t", now=NOON)


def test_a_training_service_has_no_log(people):
    from dataclasses import replace

    from studio.registry.definitions import Definition, put_definition

    digest = put_definition(people.storage, Definition("training", {}, (), (), ()))
    with pytest.raises(InvalidOperation, match="this web service trains"):
        put_prediction_log(people.storage, replace(people.endpoint, definition=digest), {}, by="t", now=NOON)


def test_the_hours_of_two_endpoints_are_apart(deployment, people):
    other = Monitored(deployment)
    for each in (people, other):
        each.storage.at = datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)
        each.score(PERSON, request_id=each.workspace.id)
        each.flush()
    assert [row["id"] for row in people.rows()] == [f"{people.workspace.id}/0"]
