"""A candidate in the shadow: rows of the log are scored once, compared, told; whole wherever a process dies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from studio.automation.dispatch import perform_work, start_due_work
from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.model.container import write_model_file
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.feedback import Truths
from studio.monitoring.metrics import compute_stale_metrics
from studio.monitoring.settings import delete_prediction_log, put_prediction_log
from studio.registry.endpoints import get_endpoint
from studio.registry.history import list_history
from studio.registry.models import put_model, register_model
from studio.registry.web_services import get_web_service
from studio.rollout.endpoints import add_endpoint, remove_endpoint
from studio.rollout.rollback import rollback_endpoint
from studio.rollout.shadow import put_shadow, run_due_shadow, shadow_object, stop_shadow, watch_shadows
from studio.rollout.shadow_scoring import slices
from studio.rollout.shadow_state import KIND, TABLE, find_state, work_key
from studio.rollout.traffic import put_traffic
from studio.storage.rows import change_row, delete_row
from studio.work.schedules import find_schedule
from studio.work.state import State
from tests.builders import people_model_file
from tests.storage.monitored import NAME, NOON, PERSON, Monitored
from tests.storage.schemas import fits
from tests.storage.storage_calls import Killed, KilledAtWrite

MINUTE = timedelta(minutes=1)
TOKEN = "workspace token (primary)"
PEOPLE = [PERSON | {"age": 18 + 3 * number, "city": ("Oslo", "Lima", "Cairo")[number % 3]} for number in range(24)]


class Shadowed(Monitored):
    """A monitored endpoint of a workspace whose model has a second version, and a third that scores alike."""

    def __init__(self, app, settings=None):
        super().__init__(app)
        self.app = replace(self.app, storage=self.storage)
        service = get_web_service(self.storage, self.workspace.id, self.endpoint.service_id)
        added = add_endpoint(self.storage, service, "seattle", {}, by="t", now=NOON)
        self.endpoint = put_prediction_log(self.storage, added, settings or {}, by="t", now=NOON)
        first = people_model_file("Two-Class Logistic Regression")
        self.versions = {}
        for file in (
            first,
            people_model_file("Two-Class Boosted Decision Tree"),
            replace(first, golden=first.golden[:1]),
        ):
            model = put_model(self.storage, write_model_file(file))
            found = register_model(
                self.storage, self.workspace.id, NAME, model, job_id="", metrics={}, lineage={}, now=NOON
            )
            self.versions[found.version] = model

    @property
    def place(self):
        return self.endpoint.workspace_id, self.endpoint.id

    def fresh(self):
        self.endpoint = get_endpoint(self.storage, self.endpoint.workspace_id, self.endpoint.id)
        return self.endpoint

    def put(self, version=2, now=NOON, **body):
        body = {"Candidate": [{"Name": NAME, "Version": version}]} | body
        return put_shadow(self.app, self.fresh(), body, by=TOKEN, now=now)

    def ask(self, rows=PEOPLE, at=NOON, **given):
        self.storage.at = at
        answered = self.score(*rows, **given)
        self.flush()
        return answered

    def tick(self, now):
        """Do what the timer and the queue do about the endpoint at a time."""
        self.storage.at = now
        start_due_work(self.storage, now=now)
        perform_work(self.app, work_key(self.endpoint.workspace_id, self.endpoint.id), now=now)

    def state(self):
        return find_state(self.storage, self.endpoint.workspace_id, self.endpoint.id)

    def shown(self, now=NOON + timedelta(days=2)):
        found = shadow_object(self.app, self.fresh(), now=now)
        assert fits("Shadow", found)
        return found

    def shadows(self):
        return [row for row in self.rows() if row["mode"] == "shadow"]


@pytest.fixture
def shadowed(deployment):
    return Shadowed(deployment)


def test_a_candidate_scores_what_was_scored_once_answers_nobody_and_is_compared(shadowed):
    shadowed.put()
    before = shadowed.ask()[1]
    assert shadowed.ask(PEOPLE[:1])[1] == before[:1]
    for minutes in range(1, 6):
        shadowed.tick(NOON + minutes * MINUTE)
    found = shadowed.shadows()
    assert [row["row"] for row in found] == [*range(24), 0]
    assert {(row["deployment"], row["version"], row["at"]) for row in found} == {("candidate", 2, NOON)}
    answered = [row for row in shadowed.rows() if row["mode"] == "request"]
    assert [row["id"] for row in found] == [row["id"] for row in answered]
    pairs = list(zip(answered, found, strict=True))
    labels = [(one["score/Scored Labels"], other["score/Scored Labels"]) for one, other in pairs]
    moved = sorted(other["score/Scored Probabilities"] - one["score/Scored Probabilities"] for one, other in pairs)
    shown = shadowed.shown()
    assert (shown["State"], shown["Rows"], shown["Failed"], shown["Details"]) == ("Running", 25, 0, None)
    (output,) = shown["Outputs"]
    assert output["Agreement"] == sum(one == other for one, other in labels) / 25
    assert 0 < sum(item["Rows"] for item in output["Changed"]) == sum(one != other for one, other in labels)
    assert output["Differences"]["Mean"] == pytest.approx(sum(moved) / 25)
    assert output["Differences"]["P50"] == pytest.approx(moved[12], rel=0.03)
    assert output["Differences"]["P95"] == pytest.approx(moved[23], rel=0.03)
    snapshot = shadowed.app.snapshots.load(shadowed.endpoint.workspace_id, shadowed.endpoint.id)
    assert snapshot.router is None


def test_a_candidate_that_scores_alike_agrees_on_every_row(shadowed):
    shadowed.put(3)
    shadowed.ask([PERSON | {"age": None}, PERSON | {"city": ""}, PERSON | {"smoker": "false"}, *PEOPLE])
    shadowed.tick(NOON + 3 * MINUTE)
    (output,) = shadowed.shown()["Outputs"]
    assert (output["Compared"], output["Agreement"], output["Changed"]) == (27, 1.0, [])
    assert set(output["Differences"].values()) == {0.0}


@pytest.mark.long
def test_live_metrics_of_both_come_with_the_truths(shadowed):
    shadowed.put()
    request, _ = shadowed.ask()
    shadowed.tick(NOON + 3 * MINUTE)
    truths = [{"Id": f"{request}/{number}", "Value": ("yes", "no")[number % 2]} for number in range(24)]
    Truths(shadowed.storage).add(shadowed.endpoint, {"Truths": truths}, now=NOON + timedelta(days=1))
    compute_stale_metrics(shadowed.storage, now=NOON + timedelta(days=1))
    days = {item["Deployment"]: item for item in shadowed.shown()["LiveMetrics"]}
    assert {name: (item["Version"], item["Measured"]) for name, item in days.items()} == {
        "current": (1, 24),
        "candidate": (2, 24),
    }
    assert days["current"]["Metrics"].keys() == days["candidate"]["Metrics"].keys() >= {"AUC"}


def test_rows_of_the_past_are_scored_if_asked_for_also_from_hours_that_are_compacted(shadowed):
    shadowed.ask(PEOPLE[:3])
    shadowed.ask(PEOPLE[3:5], NOON + timedelta(hours=2))
    compact_ended_hours(shadowed.storage, now=NOON + timedelta(hours=5))
    shadowed.put(now=NOON + timedelta(hours=5), Since="1d")
    shadowed.tick(NOON + timedelta(hours=5, minutes=2))
    assert shadowed.shown()["Rows"] == len(shadowed.shadows()) == 5
    compact_ended_hours(shadowed.storage, now=NOON + timedelta(hours=6))
    assert len(shadowed.shadows()) == 5
    shadowed.put(now=NOON + timedelta(hours=7), Since="2d")
    shadowed.tick(NOON + timedelta(hours=7, minutes=2))
    assert (shadowed.shown()["Rows"], len(shadowed.shadows())) == (5, 5), "scored again, written once"


def test_rows_before_the_shadow_are_left_out_and_it_ends_with_what_it_showed(shadowed):
    shadowed.ask(PEOPLE[:3])
    shadowed.put(now=NOON + MINUTE)
    shadowed.ask(PEOPLE[3:5], NOON + 2 * MINUTE)
    shadowed.tick(NOON + 4 * MINUTE)
    for _ in range(2):
        stop_shadow(shadowed.app, shadowed.fresh(), by=TOKEN, now=NOON + 5 * MINUTE)
    shadowed.ask(PEOPLE[5:9], NOON + 6 * MINUTE)
    shadowed.tick(NOON + 9 * MINUTE)
    shown = shadowed.shown()
    assert (shown["State"], shown["Rows"], len(shadowed.shadows())) == ("Ended", 2, 2)
    assert find_schedule(shadowed.storage, KIND, shadowed.endpoint.workspace_id, shadowed.endpoint.id) is None
    whys = [change.why for change in list_history(shadowed.storage, shadowed.endpoint.id, shadowed.endpoint.change)]
    assert whys[-2:] == ["candidate (version 2) in the shadow", "candidate no longer in the shadow"]
    shadowed.put(now=NOON + 10 * MINUTE)
    assert shadowed.shown()["Rows"] == 0, "the same candidate again begins anew"


def test_a_timer_that_read_the_endpoint_before_its_shadow_ended_does_not_open_it_again(shadowed, monkeypatch):
    shadowed.put()
    shadowed.ask(PEOPLE[:3], NOON + MINUTE)
    shadowed.tick(NOON + 4 * MINUTE)
    before = shadowed.fresh()
    schedule = find_schedule(shadowed.storage, KIND, *shadowed.place)
    stop_shadow(shadowed.app, before, by=TOKEN, now=NOON + 5 * MINUTE)
    answers = iter([before])
    monkeypatch.setattr(
        "studio.rollout.shadow.get_endpoint", lambda *place: next(answers, None) or get_endpoint(*place)
    )
    run_due_shadow(shadowed.storage, schedule, now=NOON + 5 * MINUTE)
    shown = shadowed.shown()
    assert (shown["State"], shown["Rows"], shown["EndedAt"]) == ("Ended", 3, "2026-05-01T12:08:00.000Z")


def test_a_candidate_in_the_shadow_may_get_a_share_or_be_promoted(shadowed):
    shadowed.put(Name="next")
    body = {"Shares": {"current": 90, "next": 10}}
    changed = put_traffic(shadowed.app, shadowed.fresh(), body, by=TOKEN, now=NOON)
    assert (changed.deployments.shadow, changed.deployments.others[0].resources[0].version) == (None, 2)
    with pytest.raises(BadArgument, match="no deployment that answers"):
        shadowed.put(3, Name="next")
    shadowed.put(3)
    changed = put_traffic(shadowed.app, shadowed.fresh(), {"Promote": "candidate"}, by=TOKEN, now=NOON)
    assert (changed.resources[0].version, changed.deployments.shadow) == (3, None)
    assert shadowed.shown()["State"] == "Ended"


def test_a_rollback_brings_a_shadow_back_and_the_timer_finds_what_it_does_not_look_after(shadowed):
    shadowed.put()
    stop_shadow(shadowed.app, shadowed.fresh(), by=TOKEN, now=NOON)
    rollback_endpoint(shadowed.app, shadowed.fresh(), sequence=None, by=TOKEN, now=NOON)
    storage, place = shadowed.storage, (shadowed.endpoint.workspace_id, shadowed.endpoint.id)
    assert find_schedule(storage, KIND, *place) is not None
    delete_row(storage.table("schedules"), "due", f"{KIND}-{place[0]}-{place[1]}")
    assert watch_shadows(storage, now=NOON) >= 1
    shadowed.ask(at=NOON + MINUTE)
    shadowed.tick(NOON + 3 * MINUTE)
    assert shadowed.shown()["Rows"] == 24


def test_what_the_log_does_not_keep_is_said(deployment):
    shadowed = Shadowed(deployment, settings={"LeaveOut": ["city"]})
    with pytest.raises(InvalidOperation, match="takes the column 'city', which the prediction log of 'seattle' leaves"):
        shadowed.put()
    put_prediction_log(shadowed.storage, shadowed.fresh(), {}, by="t", now=NOON)
    shadowed.put()
    put_prediction_log(shadowed.storage, shadowed.fresh(), {"Hash": ["age"]}, by="t", now=NOON)
    shadowed.ask()
    shadowed.tick(NOON + 2 * MINUTE)
    assert "hashes" in shadowed.shown()["Details"]
    delete_prediction_log(shadowed.storage, shadowed.fresh(), by="t", now=NOON)
    assert "log is off" in shadowed.shown()["Details"]
    with pytest.raises(InvalidOperation, match="the log is off"):
        shadowed.put(3)
    put_prediction_log(shadowed.storage, shadowed.fresh(), {}, by="t", now=NOON)
    shadowed.tick(NOON + 3 * MINUTE)
    assert shadowed.shown()["Rows"] == 0, "a slice that failed waits"
    shadowed.tick(NOON + 30 * MINUTE)
    assert (shadowed.shown()["Rows"], shadowed.shown()["Details"]) == (24, None)


def test_what_is_wrong_is_refused_and_changes_nothing(shadowed):
    with pytest.raises(NotFound, match="no candidate in the shadow"):
        shadowed.shown()
    wrong = [
        ({"Name": "current"}, "not current"),
        ({"Candidate": []}, "Candidate must be a list"),
        ({"Candidate": [{"Name": NAME, "Version": 1}]}, "already uses"),
        ({"Since": "soon"}, "a time in ISO 8601"),
        ({"Since": "2031-01-01T00:00:00Z"}, "of the last 366 days"),
        ({"Since": 7}, "a time in ISO 8601"),
    ]
    for body, message in wrong:
        with pytest.raises(BadArgument, match=message):
            shadowed.put(**body)
    assert (shadowed.fresh().deployments.shadow, shadowed.state()) == (None, None)


def test_a_row_that_the_candidate_cannot_score_is_counted(shadowed, monkeypatch):
    shadowed.put()
    shadowed.ask([*PEOPLE, PERSON | {"age": 77777}])
    model = shadowed.app.models.get(shadowed.versions[2])
    encode = model.encoder.encode

    def refuse(rows, shown=True):
        if any(77777 in row for row in rows):
            raise ValueError
        return encode(rows, shown=shown)

    monkeypatch.setattr(model.encoder, "encode", refuse)
    shadowed.tick(NOON + 2 * MINUTE)
    shown = shadowed.shown()
    assert (shown["Rows"], shown["Failed"], shown["Outputs"][0]["Compared"]) == (24, 1, 24)


def test_pieces_end_between_moments(monkeypatch):
    import pyarrow as pa

    monkeypatch.setattr("studio.rollout.shadow_scoring.SLICE_ROWS", 3)
    times = [NOON + timedelta(seconds=second) for second in (0, 0, 1, 1, 1, 2)]
    found = list(slices(iter([pa.table({"at": pa.array(times, pa.timestamp("us", "UTC"))})])))
    assert [len(table) for table, _ in found] == [5, 1]
    assert found[0][1] == NOON + timedelta(seconds=1, microseconds=1)


def test_a_slice_that_another_worker_has_is_left_to_it_and_an_endpoint_that_is_deleted_ends(shadowed):
    shadowed.put()
    place = (shadowed.endpoint.workspace_id, shadowed.endpoint.id)
    start_due_work(shadowed.storage, now=NOON + 2 * MINUTE)
    change_row(shadowed.storage.table(TABLE), *place, lambda row: row | {"State": "Running", "Owner": "other"})
    start_due_work(shadowed.storage, now=NOON + 9 * MINUTE)
    assert shadowed.state().state is State.RUNNING
    remove_endpoint(shadowed.app, shadowed.fresh())
    assert (shadowed.state(), find_schedule(shadowed.storage, KIND, *place)) == (None, None)


# Every write, at night; some in `make test`.
@pytest.mark.attack("Work that is cut off")
@pytest.mark.parametrize("every", [61, pytest.param(1, marks=pytest.mark.long)])
def test_rows_are_scored_once_wherever_a_process_dies(deployment, record_property, every):
    shadowed = Shadowed(deployment)
    place = (shadowed.endpoint.workspace_id, shadowed.endpoint.id)
    for line in range(3, 400, every):
        at = NOON + line * timedelta(hours=1)
        killer, killed = KilledAtWrite(line), False
        try:
            with killer:
                shadowed.put(now=at)
        except Killed:
            # The caller tries again.
            killed = True
            shadowed.put(now=at)
        shadowed.ask(at=at + MINUTE)
        try:
            with killer:
                shadowed.tick(at + 3 * MINUTE)
        except Killed:
            killed = True
        if killed:
            # The lease of the dead worker has run out, and the queue has its message again.
            change_row(shadowed.storage.table(TABLE), *place, lambda row: row | {"LeaseUntil": NOON.isoformat()})
            for minutes in (5, 8, 20):
                shadowed.tick(at + minutes * MINUTE)
        rows = shadowed.rows(since=at)
        asked, found = ([row["row"] for row in rows if row["mode"] == mode] for mode in ("request", "shadow"))
        assert asked == found == [*range(24)], f"line {line}"
        assert (shadowed.shown()["Rows"], shadowed.shown()["Outputs"][0]["Compared"]) == (24, 24), f"line {line}"
        if not killed:
            record_property("attacks", line // every)
            assert line > 9
            return
        stop_shadow(shadowed.app, shadowed.fresh(), by=TOKEN, now=at + 30 * MINUTE)
    raise AssertionError("It never came to its end.")
