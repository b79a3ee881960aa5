"""Truths that come later, joined with the log and evaluated as Evaluate Model does."""

from datetime import timedelta

import pytest

from studio.errors import BadArgument, TooLarge
from studio.model.evaluation import evaluate_scores
from studio.monitoring import feedback
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.feedback import Truths, read_truths, read_truths_file
from studio.monitoring.log import read_log
from studio.monitoring.metrics import compute_stale_metrics, live_metrics, live_metrics_object
from studio.monitoring.shadow_rows import shadow_table, write_shadow_rows
from studio.monitoring.stale import list_stale
from studio.storage.rows import delete_partition
from tests.builders import people_csv
from tests.storage.monitored import NOON, PERSON, Monitored

DAY = timedelta(days=1)
TOMORROW = NOON + DAY


@pytest.fixture
def clean(deployment):
    delete_partition(deployment.storage.table("livemetrics"), "stale")
    return deployment


@pytest.fixture
def people(clean):
    return Monitored(clean)


def tell(people, truths, now=TOMORROW):
    body = {"Truths": [{"Id": id_, "Value": value} for id_, value in truths.items()]}
    return Truths(people.storage).add(people.endpoint, body, now=now)


def measured(people, now=TOMORROW):
    compute_stale_metrics(people.storage, now=now)
    return live_metrics(people.storage, people.endpoint, since=NOON - 30 * DAY, until=NOON + 30 * DAY)


def people_of(count):
    return [PERSON | {"age": 20 + number * 7 % 60, "hours": number * 3 % 11} for number in range(count)]


def test_truths_that_come_a_day_later_give_the_metrics_of_evaluate_model(people):
    _, scored = people.score(*people_of(40), request_id="r")
    people.flush()
    truths = {f"r/{number}": "yes" if number % 3 else "no" for number in range(30)}
    assert tell(people, truths) == 30
    (found,) = measured(people)
    assert (found.day, found.rows, found.truths, found.measured) == ("2026-05-01", 40, 30, 30)
    assert (found.model, found.version, found.deployment) == (people.endpoint.resources[0].model, 1, "current")
    import numpy as np

    probabilities = np.array([[float(row["Scored Probabilities"])] for row in scored[:30]])
    truth = np.array([int(value == "yes") for value in truths.values()])
    assert found.metrics == pytest.approx(evaluate_scores("two-class", truth, probabilities, ["no", "yes"]).metrics)
    assert list(list_stale(people.storage)) == []
    shown = live_metrics_object([found])["Days"][0]
    assert (shown["WithoutTruth"], shown["UpdatedAt"]) == (10, "2026-05-02T12:03:00.000Z")


def test_a_later_truth_counts_and_one_that_is_null_takes_it_back(people):
    people.score(PERSON, PERSON, request_id="r")
    people.flush()
    tell(people, {"r/0": "yes", "r/1": "yes"})
    right = measured(people)[0].metrics["Accuracy"]
    tell(people, {"r/0": "no", "r/1": "no"}, TOMORROW + DAY)
    (found,) = measured(people, TOMORROW + DAY)
    assert (found.metrics["Accuracy"], found.truths) == (1 - right, 2)
    tell(people, {"r/1": None}, TOMORROW + 2 * DAY)
    assert measured(people, TOMORROW + 2 * DAY)[0].truths == 1


def test_the_later_of_two_truths_is_that_of_the_later_time(people):
    log, early = Truths(people.storage), (NOON - DAY).isoformat()
    for value, at in (("now", None), ("before", early)):
        log.add(people.endpoint, {"Truths": [{"Id": "a", "Value": value, "At": at}]}, now=TOMORROW)
    found = read_truths(people.storage, people.endpoint, since=NOON, until=TOMORROW + DAY)
    assert found.select(["id", "value"]).to_pylist() == [{"id": "a", "value": "now"}]


def test_days_and_model_versions_are_measured_apart(people):
    people.score(*people_of(10), request_id="one")
    people.flush()
    people.swap("Two-Class Boosted Decision Tree")
    people.score(*people_of(6), request_id="two")
    people.storage.at = TOMORROW
    people.score(*people_of(4), request_id="three")
    people.flush()
    tell(people, {f"{name}/{number}": "yes" for name in ("one", "two", "three") for number in range(4)}, NOON + 2 * DAY)
    found = measured(people, NOON + 2 * DAY)
    assert [(item.day, item.version, item.rows, item.truths) for item in found] == [
        ("2026-05-01", 1, 10, 4),
        ("2026-05-01", 2, 6, 4),
        ("2026-05-02", 2, 4, 4),
    ]


def test_a_truth_before_its_row_is_written_counts_once_the_hour_is_compacted(people):
    people.score(PERSON, request_id="r")
    tell(people, {"r/0": "yes"}, NOON)
    assert measured(people, NOON) == []
    people.flush()
    compact_ended_hours(people.storage, now=NOON + timedelta(hours=1))
    (found,) = measured(people, NOON + timedelta(hours=1))
    assert (found.rows, found.truths) == (1, 1)


def test_truths_of_nothing_and_labels_that_the_model_does_not_know_are_told(people):
    people.score(PERSON, PERSON, request_id="r")
    people.flush()
    tell(people, {"r/0": "perhaps", "elsewhere": "yes"})
    (found,) = measured(people)
    assert (found.rows, found.truths, found.measured, found.metrics) == (2, 1, 0, {})


@pytest.mark.parametrize(
    "learner, values",
    [
        ("Linear Regression", ("1.5", "-2")),
        ("Multiclass Logistic Regression", ("yes", "no")),
        ("Fast Forest Quantile Regression", ("1.5", "-2")),
    ],
)
def test_every_kind_of_score_is_measured(clean, learner, values):
    csv = people_csv(80, missing=False).replace("yes", values[0]).replace("no", values[1])
    people = Monitored(clean, learner, csv=csv)
    people.score(*people_of(5), request_id="r")
    people.flush()
    tell(people, {f"r/{number}": values[number % 2] for number in range(5)})
    (found,) = measured(people)
    assert found.measured == 5
    assert found.metrics


def test_a_hashed_id_is_joined_with_the_truth_of_the_plain_one(clean):
    people = Monitored(clean, settings={"IdColumn": "order", "Hash": ["order"]})
    people.score(PERSON | {"order": "4711"}, request_id="r")
    people.flush()
    assert people.rows()[0]["id"] != "4711"
    tell(people, {"4711": "yes"})
    assert measured(people)[0].truths == 1


def test_files_of_truths_have_columns_in_any_order_and_case():
    content = b"Value;ID;note\nyes;007;a\n;8;b\n"
    found = read_truths_file(content, ".csv", NOON).to_pylist()
    assert found == [{"id": "007", "value": "yes", "at": NOON}, {"id": "8", "value": None, "at": NOON}]
    with pytest.raises(BadArgument, match="lacks 'id'"):
        read_truths_file(b"value\nyes\n", ".csv", NOON)


@pytest.mark.attack("Sizes and numbers")
def test_everything_wrong_with_truths_is_said_and_none_is_kept(people, monkeypatch):
    bad = [
        {"Id": "a" * 257, "Value": 1},
        {"Id": "", "Value": 1},
        {"Id": ["a"], "Value": 1},
        {"Id": "a"},
        {"Id": "a", "Value": {"b": 1}},
        {"Id": "a", "Value": "x" * 1001},
        {"Id": "a", "Value": 1, "At": "yesterday"},
        {"Id": "a", "Value": 1, "At": "0001-01-01T00:00:00+14:00"},
        "a",
    ]
    with pytest.raises(BadArgument) as caught:
        Truths(people.storage).add(people.endpoint, {"Truths": [*bad, {"Id": "b", "Value": 1}]}, now=NOON)
    assert len(caught.value.details) == len(bad)
    with pytest.raises(BadArgument, match="Truths must be a list"):
        Truths(people.storage).add(people.endpoint, {}, now=NOON)
    assert not len(read_truths(people.storage, people.endpoint, since=NOON - DAY, until=NOON + DAY))
    monkeypatch.setattr(feedback, "MAX_TRUTHS", 1)
    with pytest.raises(TooLarge, match="limit is 1"):
        tell(people, {"a": 1, "b": 2})


@pytest.mark.attack("Isolation between workspaces")
@pytest.mark.attack("Work that is cut off")
def test_ids_that_never_were_have_old_hours_read_once_in_six_hours(people, monkeypatch):
    from studio.monitoring import metrics

    for day in range(5):
        people.storage.at = NOON + day * DAY
        people.score(PERSON, request_id=f"d{day}")
        people.flush()
    read, spans = metrics.read_hours, []

    def read_and_note(*given, **options):
        for hour in read(*given, **options):
            spans.append(hour.start)
            yield hour

    monkeypatch.setattr(metrics, "read_hours", read_and_note)
    # Two hours are of the last two days, five of all.
    now = NOON + 5 * DAY
    for minutes, expected in ((0, 5), (1, 2), (2, 2), (361, 5), (362, 0)):
        moment = now + timedelta(minutes=minutes)
        spans.clear()
        if minutes < 300:
            tell(people, {f"never-{minutes}": "yes"}, now=moment)
        if minutes == 2:
            tell(people, {"d0/0": "yes"}, now=moment)
        compute_stale_metrics(people.storage, now=moment)
        assert len(set(spans)) == expected, minutes
        assert bool(live_metrics(people.storage, people.endpoint, since=NOON, until=NOON)) == (minutes > 300)


def test_truths_of_another_workspace_change_nothing(clean, people):
    other = Monitored(clean)
    people.score(PERSON, request_id="r")
    people.flush()
    tell(other, {"r/0": "yes"})
    assert measured(people) == []
    assert measured(other) == []


def test_rows_in_the_shadow_are_never_counted_among_those_that_were_answered(people):
    people.score(*people_of(20), request_id="r")
    people.flush()
    (answered,) = read_log(people.storage, people.endpoint, since=NOON, until=TOMORROW)
    scores = {name: answered[name] for name in answered.column_names if name.startswith("score/")}
    # A candidate of the name and model of what answers: only the mode tells them apart.
    candidate = shadow_table(answered.slice(0, 15), "current", people.endpoint.resources[0], slice_of(scores, 15))
    write_shadow_rows(people.storage, people.endpoint, candidate)
    tell(people, {f"r/{number}": "yes" for number in range(20)})
    mine, shadow = measured(people)
    assert [(item.shadow, item.rows, item.truths, item.measured) for item in (mine, shadow)] == [
        (False, 20, 20, 20),
        (True, 15, 15, 15),
    ]
    assert [item["Shadow"] for item in live_metrics_object([mine, shadow])["Days"]] == [False, True]


def slice_of(columns, count):
    return {name: column.slice(0, count) for name, column in columns.items()}
