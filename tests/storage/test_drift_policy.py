"""Policies with a Drift trigger: refused if the drift cannot be seen; a drift starts one training, and tells of it."""

import zlib
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from studio.automation.dispatch import start_due_work
from studio.errors import BadArgument, InvalidOperation, StudioError
from studio.monitoring.drift import judge_window
from studio.monitoring.drift_counts import count_rows, put_window
from studio.monitoring.settings import put_prediction_log
from studio.registry.endpoints import get_endpoint
from studio.registry.web_services import get_web_service
from studio.rollout.challenges import list_challenges
from studio.rollout.endpoints import add_endpoint
from studio.rollout.policies import KIND, delete_policy, policy_object, put_policy
from studio.storage.event_log import DRIFT_DETECTED, list_recorded
from studio.work.schedules import find_schedule, put_schedule
from tests.storage.in_process import now, people_studio

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def studio(app_settings):
    return people_studio(app_settings, "Drifting")


@pytest.fixture(scope="module")
def document(studio):
    trainer = studio.publish("People", "training")
    gate = {"Metric": "AUC", "HeldBackData": "held-back.csv", "AtMostWorse": 1}

    def made(**trigger):
        return {
            "TrainingService": trainer.service_id,
            "Gate": gate,
            "TrainingData": "more.csv",
            "Trigger": {"Type": "Drift", "For": {"Hours": 2}} | trigger,
        }

    return made


@pytest.fixture
def endpoint(studio, request):
    default = studio.publish("People", "predictive")
    storage = studio.deployment.storage
    service = get_web_service(storage, studio.workspace, default.service_id)
    name = f"e{zlib.crc32(request.node.name.encode())}"
    endpoint = put_prediction_log(
        storage, add_endpoint(storage, service, name, {}, by="test", now=now()), {}, by="test", now=now()
    )
    yield endpoint
    delete_policy(storage, endpoint)


def scored_hour(studio, endpoint, place, cities, rows=400):
    """Keep what an hour's rows were, as the timer counts them."""
    storage, start = studio.deployment.storage, NOON + place * HOUR
    model = get_endpoint(storage, endpoint.workspace_id, endpoint.id).resources[0].model
    table = pa.table({"mode": ["request"] * rows, "model": [model] * rows, "input/city": (cities * rows)[:rows]})
    for window in count_rows(storage, [table], "hour", start):
        put_window(storage, endpoint.id, judge_window(storage, window))


def due(studio, endpoint, place):
    """Have the timer look after an hour; what the schedule is then, and the jobs that began."""
    storage, at = studio.deployment.storage, NOON + place * HOUR + timedelta(minutes=20)
    start_due_work(storage, now=at)
    return find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)


ALIKE, OTHER = ["Oslo", "Lima", "Cairo", "Kyoto"], ["Atlantis", "Oslo"]


def test_a_drift_that_lasts_starts_one_training_and_a_later_one_another(studio, endpoint, document):
    storage = studio.deployment.storage
    put_policy(storage, endpoint, document(Columns=["city"], Metric="Unseen"), now=NOON)
    scored_hour(studio, endpoint, 0, ALIKE)
    assert "1 of 2 hours" in due(studio, endpoint, 1).skipped
    scored_hour(studio, endpoint, 1, OTHER)
    assert "no drift" in due(studio, endpoint, 2).skipped
    scored_hour(studio, endpoint, 2, OTHER)
    # Too few rows tell nothing, and end no drift.
    scored_hour(studio, endpoint, 3, ALIKE, rows=50)
    before = find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    started = due(studio, endpoint, 4)
    assert started.last_run
    # As if the process had died before it noted that training began.
    put_schedule(storage, before)
    assert due(studio, endpoint, 4).last_run == started.last_run
    scored_hour(studio, endpoint, 4, OTHER)
    still = due(studio, endpoint, 5)
    assert still.last_run == started.last_run
    assert "drift of city since 2026-05-04T13:00:00+00:00; training began" in still.skipped
    (event,) = list_recorded(storage, studio.workspace, type_=DRIFT_DETECTED)
    assert (event.data["policy"], event.data["jobId"]) == (True, started.last_run)
    scored_hour(studio, endpoint, 5, ALIKE)
    scored_hour(studio, endpoint, 6, ALIKE)
    assert due(studio, endpoint, 7).cursor == {}
    scored_hour(studio, endpoint, 7, OTHER)
    scored_hour(studio, endpoint, 8, OTHER)
    again = due(studio, endpoint, 9)
    assert again.last_run not in ("", started.last_run)


@pytest.mark.long
def test_the_trained_model_challenges_the_one_in_use_and_is_compared_with_its_own_rows(studio, endpoint, document):
    storage = studio.deployment.storage
    put_policy(storage, endpoint, document(), now=NOON)
    for place in (0, 1):
        scored_hour(studio, endpoint, place, OTHER)
    assert due(studio, endpoint, 2).last_run
    studio.work_off()
    (challenge,) = list_challenges(storage, endpoint)
    assert (challenge["Reason"], challenge["Passed"]) == ("drift", True)
    assert "0 of 2 hours" in due(studio, endpoint, 3).skipped


def test_a_drift_that_cannot_be_seen_is_refused_with_what_to_do(studio, endpoint, document):
    storage = studio.deployment.storage
    with pytest.raises(BadArgument) as error:
        put_policy(storage, endpoint, document(Columns=["citty", "age"]), now=NOON)
    assert "'citty'" in error.value.message
    assert "'city'" in error.value.message
    hashing = put_prediction_log(storage, endpoint, {"Hash": ["city"]}, by="test", now=now())
    with pytest.raises(BadArgument, match="leaves out or hashes the column 'city'"):
        put_policy(storage, hashing, document(Columns=["city"]), now=NOON)
    service = get_web_service(storage, studio.workspace, endpoint.service_id)
    plain = add_endpoint(storage, service, f"{endpoint.name}p", {}, by="test", now=now())
    with pytest.raises(InvalidOperation, match="needs the prediction log"):
        put_policy(storage, plain, document(), now=NOON)


@pytest.mark.attack("Sizes and numbers")
@pytest.mark.parametrize(
    ("trigger", "word"),
    [
        ({"Metric": "Psi"}, "PSI or JensenShannon"),
        ({"Columns": []}, "a list of 1 to 200 names"),
        ({"Columns": ["x" * 600]}, "a list of 1 to 200 names"),
        ({"Columns": "city"}, "a list of 1 to 200 names"),
        ({"Metric": "PSI", "Threshold": 0}, "a number above 0"),
        ({"Metric": "PSI", "Threshold": float("nan")}, "a number above 0"),
        ({"Metric": "PSI", "Threshold": True}, "a number above 0"),
        ({"Threshold": 0.3}, "the metric that has the threshold"),
        ({"For": {"Days": 31}}, "Days"),
        ({"For": {"Hours": 1, "Days": 1}}, "Hours"),
        ({"For": {"Hours": 1.5}}, "Hours"),
        ({"For": "2 days"}, "Hours"),
    ],
)
def test_a_trigger_that_says_nothing_sensible_is_refused(studio, endpoint, document, trigger, word):
    with pytest.raises(StudioError) as error:
        put_policy(studio.deployment.storage, endpoint, document(**trigger), now=NOON)
    assert word in error.value.message


def test_a_policy_is_shown_as_it_was_given(studio, endpoint, document):
    policy = put_policy(studio.deployment.storage, endpoint, document(Metric="PSI", Threshold=0.1), now=NOON)
    shown = policy_object(studio.deployment.storage, policy)
    assert shown["Trigger"] == {"Type": "Drift", "For": {"Hours": 2}, "Metric": "PSI", "Threshold": 0.1}
