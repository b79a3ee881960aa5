"""Promotion plans that begin in the shadow, and whose steps are held to truths."""

import contextlib
from datetime import timedelta

import pytest

from studio.errors import Conflict
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.feedback import Truths
from studio.monitoring.metrics import compute_stale_metrics
from studio.registry.deployments import NONE, Deployment
from studio.registry.history import list_history
from studio.rollout.promotion import get_promotion, put_promotion
from studio.rollout.promotion_gate import Verdict, decide, judge_shadow, judge_truths
from studio.rollout.promotion_plan import Phase, Place, Plan, PlanState, plan_object
from studio.rollout.promotion_steps import Step, StepGate
from studio.rollout.promotion_truths import TruthsSeen
from studio.rollout.shadow_comparison import Compared
from studio.rollout.shadow_state import TABLE, ShadowState, shadow_key
from studio.storage.event_log import PROMOTION_ROLLED_BACK, PROMOTION_STEP, list_recorded
from studio.storage.rows import change_row
from studio.work.state import State
from tests.storage.monitored import NAME, NOON
from tests.storage.schemas import fits
from tests.storage.storage_calls import Killed, KilledAtWrite
from tests.storage.test_shadow import MINUTE, TOKEN, Shadowed, shadowed

__all__ = ["shadowed"]

HOUR = timedelta(hours=1)
GATE = {"Metric": "AUC", "AtMostWorse": 0.05, "MinimumTruths": 20}


def start(shadowed, steps, gate=None, version=2, now=NOON):
    body = {"Candidate": [{"Name": NAME, "Version": version}], "Steps": steps, "Gate": gate}
    return put_promotion(shadowed.app, shadowed.fresh(), body, by=TOKEN, now=now)


def plan_of(shadowed):
    found = get_promotion(shadowed.storage, shadowed.fresh())
    assert fits("Promotion", plan_object(found))
    return found


def truths(shadowed, request, right, now):
    """Say of each row whether the endpoint's own model, or the opposite of it, was right."""
    rows = {row["row"]: row for row in shadowed.rows() if row["mode"] == "request" and row["id"].startswith(request)}
    labels = {number: row["score/Scored Labels"] for number, row in rows.items()}
    other = {"yes": "no", "no": "yes"}
    found = [
        {"Id": f"{request}/{number}", "Value": label if right else other[label]} for number, label in labels.items()
    ]
    Truths(shadowed.storage).add(shadowed.endpoint, {"Truths": found}, now=now)
    compute_stale_metrics(shadowed.storage, now=now)


def test_a_candidate_is_tried_in_the_shadow_first_and_goes_on_when_its_rows_are_there(shadowed):
    plan = start(shadowed, [{"Shadow": 40, "Minutes": 5, "Gate": {"Agreement": 0.9}}, {"Share": 100}], version=3)
    deployments = shadowed.fresh().deployments
    assert (plan.place.step, deployments.others, deployments.shadow.name) == (0, (), "candidate")
    shadowed.ask(at=NOON + MINUTE)
    shadowed.tick(NOON + 3 * MINUTE)
    shadowed.tick(NOON + 6 * MINUTE)
    plan = plan_of(shadowed)
    assert (plan.place.step, plan.figures[0]["Shadow"]["Rows"], plan.figures[0]["Verdict"]) == (0, 24, "wait")
    assert plan.figures[0]["Why"] == "only 24 of 40 rows, 6 of 5 minutes"
    shadowed.ask(at=NOON + 7 * MINUTE)
    shadowed.tick(NOON + 9 * MINUTE)
    shadowed.tick(NOON + 11 * MINUTE)
    plan = plan_of(shadowed)
    assert (plan.place.step, plan.figures[0]["Verdict"], plan.figures[0]["Shadow"]["Agreement"]) == (1, "passed", 1.0)
    deployments = shadowed.fresh().deployments
    assert (deployments.shadow, [item.share for item in deployments.others]) == (None, [100])
    whys = [change.why for change in list_history(shadowed.storage, shadowed.endpoint.id, shadowed.endpoint.change)]
    assert whys[-2] == "step 1 of 2, candidate: 40 rows in the shadow"
    assert whys[-1].endswith("48 rows in the shadow, 100.0% have the label that was answered")
    assert shadowed.shown()["State"] == "Ended"


@pytest.mark.parametrize("right", [True, pytest.param(False, marks=pytest.mark.long)])
def test_truths_that_come_a_day_late_decide_whether_a_candidate_goes_on(shadowed, right):
    """The labels of the candidate differ, so truths that say that the endpoint was right speak against it."""
    start(shadowed, [{"Shadow": 20, "Minutes": 0, "Gate": {"Metric": "Accuracy"}}], GATE)
    request, _ = shadowed.ask(at=NOON + MINUTE)
    shadowed.tick(NOON + 3 * MINUTE)
    shadowed.tick(NOON + 4 * MINUTE)
    plan = plan_of(shadowed)
    assert (plan.state, plan.figures[0]["Why"]) == (PlanState.RUNNING, plan.figures[0]["Why"])
    assert "only 0 of 20 truths" in plan.figures[0]["Why"]
    truths(shadowed, request, right, NOON + timedelta(days=1))
    shadowed.tick(NOON + timedelta(days=1))
    plan = plan_of(shadowed)
    (seen,) = plan.figures[0]["Truths"]
    assert (seen["CandidateTruths"], seen["CurrentTruths"], seen["Current"]) == (24, 24, float(right))
    told = [item.type for item in list_recorded(shadowed.storage, shadowed.endpoint.workspace_id)]
    if right:
        assert plan.state is PlanState.ROLLED_BACK
        assert "on 24 truths, that of the current models 1 on 24; it must be at most 0.05 worse" in plan.details
        assert (shadowed.fresh().deployments, told.count(PROMOTION_ROLLED_BACK)) == (NONE, 1)
    else:
        assert (plan.state, shadowed.fresh().resources[0].version) == (PlanState.PROMOTED, 2)
        assert told.count(PROMOTION_STEP) == 2


@pytest.mark.long
def test_a_candidate_that_answers_a_share_is_held_to_the_truths_of_what_it_answered(shadowed):
    start(shadowed, [{"Share": 50, "Minutes": 0, "Calls": 0, "WaitHours": 30}], GATE | {"MinimumTruths": 5})
    shadowed.fresh()
    request, _ = shadowed.ask(at=NOON + MINUTE)
    compact_ended_hours(shadowed.storage, now=NOON + 2 * HOUR)
    truths(shadowed, request, True, NOON + 3 * HOUR)
    shadowed.tick(NOON + 4 * HOUR)
    plan = plan_of(shadowed)
    (seen,) = plan.figures[0]["Truths"]
    assert (plan.state, seen["CandidateTruths"] + seen["CurrentTruths"]) == (PlanState.PROMOTED, 24), plan.details


PLAN = Plan("w", "e", "p", PlanState.RUNNING, "", "", "", "candidate", (), "", "", (), Place(0, Phase.INSIDE, ""))


def judged(step, rows=0, failed=0, compared=0, agreeing=0):
    found = {"o": Compared(rows=compared, agreeing=agreeing, labelled=True)}
    key = shadow_key(Deployment("candidate", 0, ()))
    return judge_shadow(step, ShadowState(key, "", "", rows, failed, found, State.FINISHED, "", "", ""), PLAN)


def test_rows_of_the_shadow_are_judged():
    step = Step(shadow=100, gate=StepGate(agreement=0.9))
    found = [
        judged(step, 99, compared=99, agreeing=50),
        judged(step, 150, compared=150, agreeing=132),
        judged(step, 150, compared=150, agreeing=120),
        judged(step, 50, 9),
        judge_shadow(step, None, PLAN),
    ]
    assert [item.verdict for item in found] == [
        Verdict.WAIT,
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.FAILED,
        Verdict.WAIT,
    ]
    assert found[2].why == "80.0% of 150 rows have the label that was answered; at least 90.0% must"
    assert found[3].why.startswith("9 of 59 rows could not be scored")


def seen(mine, theirs, truths=100, metric="AUC"):
    return [TruthsSeen("o", metric, mine, theirs, truths, truths)]


def test_metrics_on_truths_are_judged_by_their_direction_and_margin():
    found = [
        judge_truths(Step(gate=StepGate(metric="AUC", margin=margin)), seen(*values)).verdict
        for margin, values in (
            (0.0, (0.8, 0.8)),
            (-0.05, (0.76, 0.8)),
            (-0.05, (0.74, 0.8)),
            (0.05, (0.84, 0.8)),
            (0.05, (0.86, 0.8)),
            (0.0, (9.0, 8.0, 100, "Mean_Absolute_Error")),
            (0.0, (7.0, 8.0, 100, "Mean_Absolute_Error")),
            (0.0, (None, 0.8)),
            (0.0, (0.1, 0.9, 99)),
        )
    ]
    passed, failed = Verdict.PASSED, Verdict.FAILED
    assert found == [passed, passed, failed, failed, passed, failed, passed, failed, Verdict.WAIT]
    late = decide(Step(wait_hours=2), [judge_truths(Step(gate=StepGate(metric="AUC")), [])], 2 * HOUR)
    assert (late.verdict, late.why) == (Verdict.FAILED, "only 0 of 100 truths came in 2 hours")


@pytest.mark.attack("Work that is cut off")
@pytest.mark.long
@pytest.mark.parametrize("every", [1])
def test_a_plan_with_a_shadow_is_whole_wherever_a_process_dies(deployment, record_property, every):
    steps = [{"Shadow": 20, "Minutes": 0}, {"Share": 50, "Minutes": 0, "Calls": 0}]
    shadowed = Shadowed(deployment)
    for line in range(3, 600, every):
        at, killer, killed = NOON + line * HOUR, KilledAtWrite(line), False
        before = shadowed.fresh().change.sequence
        version = 3 if shadowed.endpoint.resources[0].version == 2 else 2
        try:
            with killer:
                start(shadowed, steps, version=version, now=at)
        except Killed:
            killed = True
            # Whoever asked for it tries again, unless the plan is on its way.
            with contextlib.suppress(Conflict):
                start(shadowed, steps, version=version, now=at)
        for minutes in (2, 3, 4):
            shadowed.tick(at + minutes * MINUTE)
        shadowed.ask(at=at + 5 * MINUTE)
        for minutes in (7, 8):
            try:
                with killer:
                    shadowed.tick(at + minutes * MINUTE)
            except Killed:
                killed = True
        change_row(shadowed.storage.table(TABLE), *shadowed.place, lambda row: row | {"LeaseUntil": NOON.isoformat()})
        for minutes in (10, 11, 12):
            shadowed.tick(at + minutes * MINUTE)
        check_whole(shadowed, at, version, before, f"line {line}")
        if not killed:
            record_property("attacks", line // every)
            assert line > 30
            return
    raise AssertionError("It never came to its end.")


def check_whole(shadowed, at, version, before, line):
    """The plan has come to its end, each step once in the history and told once, each row scored once."""
    endpoint = shadowed.fresh()
    assert plan_of(shadowed).state is PlanState.PROMOTED, line
    assert (endpoint.resources[0].version, endpoint.deployments) == (version, NONE), line
    history = list_history(shadowed.storage, endpoint.id, endpoint.change)
    whys = [change.why.partition(",")[0] for change in history if change.sequence > before]
    assert [why[:11] for why in whys] == ["step 1 of 2", "step 2 of 2", "candidate p"], line
    plan = plan_of(shadowed).id
    told = list_recorded(shadowed.storage, endpoint.workspace_id)
    assert [item.type for item in told if item.data.get("plan") == plan] == [PROMOTION_STEP] * 3, line
    rows = [row for row in shadowed.rows(since=at) if row["mode"] == "shadow"]
    assert [row["row"] for row in rows] == [*range(24)], line
