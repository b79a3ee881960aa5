"""The month of examples/month: what its callers send, its receiver, the promises that it checks, and its picture."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from examples.month.callers import DRIFT_DAY, HOURS, NEW_OCCUPATION, labelled_csv, requests_of
from examples.month.days import Day, table_rows
from examples.month.picture import write_picture
from examples.month.promises import same_caller
from examples.month.receiver import SECRET, Receiver
from examples.month.story import DAYS, Told
from studio.events.sending import signature_headers

START = datetime(2026, 5, 1, tzinfo=UTC)


def new_rows(day):
    requests = list(requests_of(day, HOURS[0], np.random.default_rng(1)))
    rows = [row for request in requests for row in request.rows]
    return sum(row["occupation"] == NEW_OCCUPATION for row in rows) / len(rows)


def test_callers_change_on_one_day_and_not_before():
    assert new_rows(DRIFT_DAY - 1) == 0
    assert new_rows(DRIFT_DAY) == pytest.approx(0.4, abs=0.1)


def test_shuffled_labels_are_the_labels_of_other_rows():
    given, shuffled = (labelled_csv(50, 1, shuffled=value).splitlines() for value in (False, True))
    cut = [[line.rpartition(",") for line in lines] for lines in (given, shuffled)]
    assert [row for row, _, _ in cut[0]] == [row for row, _, _ in cut[1]]
    labels = [[label for _, _, label in lines] for lines in cut]
    assert labels[0] != labels[1]
    assert sorted(labels[0]) == sorted(labels[1])


def test_the_receiver_fails_half_of_the_time_and_takes_each_event_in_once():
    now = datetime.now(UTC)
    receiver = Receiver(lambda: now, seed=3)
    try:
        statuses = []
        for number in range(300):
            body = json.dumps({"id": str(number)}).encode()
            headers = {name.lower(): value for name, value in signature_headers(SECRET, str(number), body, now).items()}
            while (status := receiver.take(headers, body)) != 204:
                statuses.append(status)
        assert len(receiver.kept) == 300
        assert receiver.failed / receiver.posts == pytest.approx(0.5, abs=0.07)
        assert receiver.repeats
        assert set(statuses) == {500, 503}
        assert receiver.take(headers | {"webhook-signature": "v1,"}, body) == 401
    finally:
        receiver.shutdown()
        receiver.server_close()


def test_a_promise_that_is_broken_says_so():
    told = Told(answered={(START, "a"): {"current"}, (START, "b"): {"current", "candidate"}})
    assert not same_caller(told).kept
    assert same_caller(Told(answered={(START, "a"): {"current"}})).kept


def test_the_picture_is_an_image_with_every_day_and_version(tmp_path):
    days = [Day(number + 1, 100, shares={1: 100}) for number in range(DAYS)]
    days[3].drift, days[3].fired, days[3].auc = {1: (0.4, "a<b")}, {1: ["input/a<b"]}, {1: (0.8, 50), 2: (0.7, 9)}
    write_picture(tmp_path / "m.svg", days, [(START, {1: 100}), (START + timedelta(days=2), {1: 95, 2: 5})], START)
    texts = [item.text for item in ET.parse(tmp_path / "m.svg").iter() if item.text and item.text.strip()]
    assert {"v1", "v2", "threshold 0.2", f"day {DAYS}", "day 4, v1: a<b 0.40"} <= set(texts)
    assert table_rows(days)[3] == ("4", "100", "v1 100 %", "0.40 a<b", "v1 0.800 v2 0.700", "")
