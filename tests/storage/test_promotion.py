"""Promotion plans: step by step, held to gates, taken back, stopped, told; whole wherever a process dies."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from studio.automation.dispatch import start_due_work
from studio.errors import BadArgument, Conflict, InvalidOperation, NotFound
from studio.registry.deployments import NONE, Resource, models_id
from studio.registry.endpoints import change_endpoint, delete_endpoint, get_endpoint, get_named_endpoint, next_change
from studio.registry.history import Cause, list_history
from studio.rollout.endpoints import add_endpoint, remove_endpoint
from studio.rollout.promotion import get_promotion, put_promotion, stop_promotion
from studio.rollout.promotion_gate import Calls, Verdict, decide, judge_calls, lower_bound
from studio.rollout.promotion_moves import move_plan, run_due_promotion
from studio.rollout.promotion_plan import KIND, Phase, PlanState, find_plan, plan_object
from studio.rollout.promotion_steps import Step, StepGate, read_steps
from studio.rollout.rollback import rollback_endpoint
from studio.rollout.traffic import put_traffic
from studio.serving.traffic_rows import EDGES, HourCounts, models_key, write_counts
from studio.storage.event_log import PROMOTION_ROLLED_BACK, PROMOTION_STEP, list_recorded
from studio.work.schedules import Schedule, find_schedule
from tests.storage.schemas import fits
from tests.storage.storage_calls import Killed, KilledAtWrite
from tests.storage.test_deployments import HALF, KEY, NAME, NOW, TOKEN, service  # noqa: F401 - a fixture

MINUTE = timedelta(minutes=1)
CANDIDATE = [{"Name": NAME, "Version": 2}]
BODY = {
    "Candidate": CANDIDATE,
    "Steps": [{"Share": 5}, {"Share": 25, "Minutes": 30, "Calls": 100}, {"Share": 100, "Minutes": 0, "Calls": 0}],
}
QUICK = {"Candidate": CANDIDATE, "Steps": [{"Share": share, "Minutes": 0, "Calls": 0} for share in (5, 25, 100)]}


@pytest.fixture
def endpoint(deployment, service, request):  # noqa: F811
    return make(deployment, service, request.node.name)


def make(deployment, service, name):  # noqa: F811
    return add_endpoint(deployment.storage, service, f"p{abs(hash(name)) % 10**12}", {}, by="t", now=NOW)


def fresh(deployment, endpoint):
    return get_endpoint(deployment.storage, endpoint.workspace_id, endpoint.id)


def start(deployment, endpoint, body=BODY, now=NOW):
    return put_promotion(deployment, fresh(deployment, endpoint), body, by=TOKEN, now=now)


def tick(deployment, endpoint, now):
    move_plan(deployment.storage, endpoint.workspace_id, endpoint.id, now=now)
    return get_promotion(deployment.storage, endpoint)


def share(deployment, endpoint):
    found = fresh(deployment, endpoint).deployments
    return {item.name: item.share for item in found.others}


def calls(deployment, endpoint, resources, now, good=0, bad=0, milliseconds=1.0):
    """Have calls of a set of models counted, as an instance does."""
    hour = HourCounts.begin(now)
    buckets = list(hour.buckets)
    place = sum(edge < milliseconds / 1000 for edge in EDGES)
    buckets[place] = good + bad
    hour.add(now, buckets, {500: bad} if bad else {}, 1)
    key = models_key(endpoint.id, models_id(resources), hour.start)
    write_counts(deployment.storage, f"i{now:%M%S}", {(endpoint.workspace_id, key): hour})


def whys(deployment, endpoint):
    latest = fresh(deployment, endpoint).change
    return [change.why for change in list_history(deployment.storage, endpoint.id, latest)]


def events(deployment, endpoint):
    found = list_recorded(deployment.storage, endpoint.workspace_id)
    return [item.type for item in found if item.data.get("endpointId") == endpoint.id]


def test_a_candidate_goes_from_step_to_step_and_becomes_the_current_model(deployment, endpoint):
    plan, now = start(deployment, endpoint), NOW
    assert fits("Promotion", plan_object(plan))
    assert (plan.state, plan.place.step, share(deployment, endpoint)) == (PlanState.RUNNING, 0, {"candidate": 5})
    before = endpoint.resources
    calls(deployment, endpoint, plan.candidate, now + MINUTE, good=40)
    plan = tick(deployment, endpoint, now + 2 * MINUTE)
    assert (plan.place.step, plan.figures[0]["Candidate"]["Calls"], plan.figures[0]["Verdict"]) == (0, 40, "wait")
    plan = tick(deployment, endpoint, now + 10 * MINUTE)
    assert (plan.place.step, share(deployment, endpoint)) == (1, {"candidate": 25})
    plan = tick(deployment, endpoint, now + 45 * MINUTE)
    assert (plan.place.step, plan.figures[1]["Verdict"]) == (1, "wait")
    calls(deployment, endpoint, plan.candidate, now + 46 * MINUTE, good=100)
    plan = tick(deployment, endpoint, now + 47 * MINUTE)
    assert (plan.state, share(deployment, endpoint)) == (PlanState.PROMOTED, {})
    assert fits("Promotion", plan_object(plan))
    found = fresh(deployment, endpoint)
    assert (found.resources, found.deployments) == (plan.candidate, NONE)
    assert [why.partition(";")[0] for why in whys(deployment, endpoint)[1:]] == [
        "step 1 of 3, candidate: 5 % of the rows",
        "step 2 of 3, candidate: 25 % of the rows",
        "step 3 of 3, candidate: 100 % of the rows",
        "candidate passed all 3 steps",
    ]
    assert whys(deployment, endpoint)[2].endswith("40 calls, 0 failed")
    told = events(deployment, endpoint)
    assert told.count(PROMOTION_STEP) == 4
    assert find_schedule(deployment.storage, KIND, endpoint.workspace_id, endpoint.id) is None
    back = rollback_endpoint(deployment, found, sequence=None, by=KEY, now=NOW)
    assert (back.resources[0].model, back.deployments) == (before[0].model, NONE)


def test_the_timer_moves_plans_that_are_due(deployment, endpoint):
    storage = deployment.storage
    start(deployment, endpoint, QUICK | {"Steps": [{"Share": 5, "Minutes": 1, "Calls": 0}]})
    schedule = find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    assert schedule.next_at == (NOW + MINUTE).isoformat()
    start_due_work(storage, now=NOW + MINUTE)
    assert get_promotion(storage, endpoint).state is PlanState.PROMOTED


def test_a_plan_without_waits_goes_through_at_once(deployment, endpoint):
    assert start(deployment, endpoint, QUICK).state is PlanState.PROMOTED


@pytest.mark.parametrize("bad", [5, 20])
def test_a_candidate_whose_calls_fail_goes_back_at_the_next_tick(deployment, endpoint, bad):
    plan = start(deployment, endpoint)
    calls(deployment, endpoint, endpoint.resources, NOW + MINUTE, good=400, bad=2)
    calls(deployment, endpoint, plan.candidate, NOW + MINUTE, good=20 - bad, bad=bad)
    plan = tick(deployment, endpoint, NOW + 2 * MINUTE)
    assert (plan.state, fresh(deployment, endpoint).deployments) == (PlanState.ROLLED_BACK, NONE)
    assert f"{bad} of 20 calls failed, 2 of 402 of the current models" in plan.details
    assert "taken back; step 1" in whys(deployment, endpoint)[-1]
    assert events(deployment, endpoint).count(PROMOTION_ROLLED_BACK) == 1
    assert find_schedule(deployment.storage, KIND, endpoint.workspace_id, endpoint.id) is None
    again = start(deployment, endpoint, now=NOW + 3 * MINUTE)
    assert (again.state, again.id != plan.id) == (PlanState.RUNNING, True)
    assert tick(deployment, endpoint, NOW + 4 * MINUTE).state is PlanState.RUNNING, "failures before are not counted"


def test_a_slow_candidate_goes_back(deployment, endpoint):
    plan = start(deployment, endpoint, BODY | {"Gate": {"P95": 20}})
    calls(deployment, endpoint, plan.candidate, NOW + MINUTE, good=30, milliseconds=50)
    plan = tick(deployment, endpoint, NOW + 2 * MINUTE)
    assert plan.state is PlanState.ROLLED_BACK
    assert "at most 20 ms" in plan.details


def test_a_candidate_that_nobody_asks_goes_back_after_its_time(deployment, endpoint):
    start(deployment, endpoint, BODY | {"Steps": [{"Share": 5, "WaitHours": 2}]})
    assert tick(deployment, endpoint, NOW + 119 * MINUTE).state is PlanState.RUNNING
    plan = tick(deployment, endpoint, NOW + 120 * MINUTE)
    assert (plan.state, plan.details) == (PlanState.ROLLED_BACK, "step 1: only 0 of 20 calls came in 2 hours")


def test_a_plan_is_stopped_and_deleted_with_its_endpoint(deployment, endpoint):
    start(deployment, endpoint)
    for _ in range(2):
        stop_promotion(deployment, fresh(deployment, endpoint), by=KEY, now=NOW)
    plan = get_promotion(deployment.storage, endpoint)
    assert (plan.state, plan.details, share(deployment, endpoint)) == (PlanState.STOPPED, f"stopped by {KEY}", {})
    assert events(deployment, endpoint).count(PROMOTION_ROLLED_BACK) == 0
    start(deployment, endpoint)
    remove_endpoint(deployment, fresh(deployment, endpoint))
    assert find_plan(deployment.storage, endpoint.workspace_id, endpoint.id) is None
    run_due_promotion(deployment.storage, Schedule(KIND, endpoint.workspace_id, endpoint.id), now=NOW)
    assert find_schedule(deployment.storage, KIND, endpoint.workspace_id, endpoint.id) is None


def test_a_plan_whose_endpoint_is_gone_ends(deployment, endpoint):
    start(deployment, endpoint)
    delete_endpoint(deployment.storage, fresh(deployment, endpoint))
    assert tick(deployment, endpoint, NOW + MINUTE).state is PlanState.STOPPED


@pytest.mark.parametrize("change", ["shares", "model", "end"])
def test_what_somebody_else_changes_stays_and_the_plan_stops(deployment, endpoint, change):
    plan = start(deployment, endpoint)
    if change == "model":

        def swap(before):
            resources = (Resource(NAME, "0" * 64, 9),)
            step = next_change(before, Cause(KEY, "update", "mine"), now=NOW, resources=resources)
            return replace(before, resources=resources, change=step)

        change_endpoint(deployment.storage, fresh(deployment, endpoint), swap)
    else:
        shares = {"current": 50, "candidate": 50} if change == "shares" else {"current": 100}
        put_traffic(deployment, fresh(deployment, endpoint), {"Shares": shares}, by=KEY, now=NOW)
    left = fresh(deployment, endpoint)
    plan = tick(deployment, endpoint, NOW + 11 * MINUTE)
    assert (plan.state, fresh(deployment, endpoint)) == (PlanState.STOPPED, left)
    assert f"changed by {KEY}" in plan.details


def test_settings_may_be_changed_meanwhile(deployment, endpoint):
    start(deployment, endpoint)
    change_endpoint(
        deployment.storage,
        fresh(deployment, endpoint),
        lambda before: replace(before, description="x", change=next_change(before, Cause(KEY, "s", ""), now=NOW)),
    )
    assert tick(deployment, endpoint, NOW + MINUTE).state is PlanState.RUNNING


def test_one_plan_at_a_time_and_none_beside_a_split(deployment, endpoint):
    with pytest.raises(NotFound, match="no promotion plan"):
        get_promotion(deployment.storage, endpoint)
    put_traffic(deployment, fresh(deployment, endpoint), HALF, by=TOKEN, now=NOW)
    with pytest.raises(Conflict, match="further deployments: current 50 %"):
        start(deployment, endpoint)
    put_traffic(deployment, fresh(deployment, endpoint), {"Shares": {"current": 100}}, by=TOKEN, now=NOW)
    start(deployment, endpoint)
    with pytest.raises(Conflict):
        start(deployment, endpoint)
    stop_promotion(deployment, fresh(deployment, endpoint), by=KEY, now=NOW)
    with pytest.raises(BadArgument, match="already uses"):
        start(deployment, endpoint, BODY | {"Candidate": [{"Name": NAME, "Version": 1}]})


WRONG = [
    ({"Steps": []}, "a list of 1 to 10"),
    ({"Steps": [{"Share": n + 1} for n in range(11)]}, "a list of 1 to 10"),
    ({"Steps": [{"Share": 5}, {"Share": 5}]}, "shares that grow"),
    ({"Steps": [{"Share": 0}]}, "from 1 to 100, got 0"),
    ({"Steps": [{"Minutes": 5}]}, "a Share in percent"),
    ({"Steps": [{"Share": 5, "Shadow": 5}]}, "or with a number of rows in the Shadow"),
    ({"Steps": [{"Share": 5}, {"Shadow": 5}]}, "only the first is in the Shadow"),
    ({"Steps": [{"Shadow": 0}]}, "Shadow must be a whole number from 1"),
    ({"Steps": [{"Shadow": 9}]}, "the log is off"),
    ({"Steps": [{"Share": 5, "Gate": {"Agreement": 0.9}}]}, "for a step in the Shadow"),
    ({"Gate": {"Metric": "AUC", "Better": 0.1, "AtMostWorse": 0.1}}, "without AtMostWorse"),
    ({"Gate": {"Better": 0.1}}, "together with a Metric"),
    ({"Gate": {"Metric": "AUX"}}, "no metric 'AUX'. They have AUC"),
    ({"Gate": {"Metric": ""}}, "the name of a metric"),
    ({"Gate": {"Metric": "AUC", "MinimumTruths": 0}}, "MinimumTruths must be a whole number"),
    ({"Gate": {"Agreement": 1.1}}, "Agreement must be a number from 0 to 1"),
    ({"Gate": {"Metric": "AUC"}}, "the log is off"),
    ({"Steps": [{"Share": 5, "Minute": 5}]}, "an object of Share"),
    ({"Steps": [{"Share": 5, "Minutes": 10**9}]}, "from 0 to 10080"),
    ({"Steps": [{"Share": 5, "Calls": 1.5}]}, "a whole number"),
    ({"Steps": [{"Share": 5, "WaitHours": 169}]}, "from 1 to 168"),
    ({"Steps": [{"Share": 5, "Gate": {"ErrorRate": 2}}]}, "Gate.ErrorRate must be a number from 0 to 1"),
    ({"Gate": {"Errors": 1}}, "Gate must be an object of"),
    ({"Gate": {"P95": float("nan")}}, "P95 must be a number"),
    ({"Name": "Current"}, "not current"),
    ({"Name": "a b"}, "up to 24"),
    ({"Key": {"Header": "a b"}}, "letters, digits and hyphens"),
    ({"Candidate": []}, "Candidate must be a list"),
    ({"Candidate": [{"Name": "x", "Version": 1}]}, "one of the endpoint's models"),
]
# One in `make test`, all at night.
LONG = [pytest.param(*case, marks=pytest.mark.long) for case in WRONG[:-1]]


@pytest.mark.attack("Wrong shares and candidates")
@pytest.mark.parametrize(("body", "message"), [WRONG[-1], *LONG], ids=range(len(WRONG)))
def test_a_plan_that_is_wrong_is_refused_and_changes_nothing(deployment, service, body, message):  # noqa: F811
    with contextlib.suppress(Conflict):
        add_endpoint(deployment.storage, service, "wrongplans", {}, by="t", now=NOW)
    endpoint = get_named_endpoint(deployment.storage, service.workspace_id, service.id, "wrongplans")
    with pytest.raises((BadArgument, InvalidOperation), match=message):
        start(deployment, endpoint, BODY | body)
    assert find_plan(deployment.storage, endpoint.workspace_id, endpoint.id) is None
    assert fresh(deployment, endpoint) == endpoint


def test_all_that_is_wrong_with_steps_is_told_at_once():
    with pytest.raises(BadArgument) as caught:
        read_steps([{"Share": 0, "Minutes": -1}, {"Calls": "x"}], {"P95": -1, "ErrorRate": "no"})
    assert len(caught.value.details) == 5


def judged(failed, of, current=(0, 1000), **gate):
    step = Step(share=5, minutes=0, calls=20, gate=StepGate(**gate))
    found = judge_calls(step, Calls(of, failed), Calls(current[1], current[0]))
    return decide(step, [found], MINUTE).verdict


def test_a_few_errors_by_chance_end_no_plan_and_many_do():
    assert [judged(failed, of) for failed, of in ((0, 20), (1, 20), (1, 3), (10, 400))] == [
        Verdict.PASSED,
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.PASSED,
    ]
    assert [judged(failed, of) for failed, of in ((3, 3), (5, 20), (20, 400))] == [Verdict.FAILED] * 3
    assert judged(20, 400, current=(50, 1000)) is Verdict.PASSED, "the current models fail as often"
    assert judged(0, 19) is Verdict.WAIT
    assert lower_bound(0, 0) == 0.0
    assert lower_bound(20, 20) == pytest.approx(0.8808, abs=1e-3)


ENDS = {"promoted": PlanState.PROMOTED, "rolled back": PlanState.ROLLED_BACK, "stopped": PlanState.STOPPED}
# Every write of the way of a plan, and of one that is taken back or stopped, at night; some of one way in `make test`.
STRIDES = [("rolled back", 31), *(pytest.param(end, 1, marks=pytest.mark.long) for end in ENDS)]


@pytest.mark.parametrize(("end", "every"), STRIDES)
@pytest.mark.attack("Work that is cut off")
def test_a_plan_is_whole_wherever_a_process_dies(deployment, service, record_property, end, every):  # noqa: F811
    def act(endpoint):
        if end == "promoted":
            start(deployment, endpoint, QUICK)
            return
        plan = start(deployment, endpoint)
        if end == "stopped":
            stop_promotion(deployment, fresh(deployment, endpoint), by=KEY, now=NOW)
            return
        calls(deployment, endpoint, plan.candidate, NOW + MINUTE, bad=10)
        tick(deployment, endpoint, NOW + 2 * MINUTE)

    for line in range(1, 400, every):
        endpoint = make(deployment, service, f"{end} {every} {line}")
        try:
            with KilledAtWrite(line):
                act(endpoint)
            killed = False
        except Killed:
            killed = True
        check_whole(deployment, endpoint, end, killed)
        if not killed:
            record_property("attacks", line // every)
            assert line > 9
            return
    raise AssertionError("It never came to its end.")


def check_whole(deployment, endpoint, end, killed):
    """After a death the endpoint answers with models that are there; the next ticks bring the plan to its end."""
    storage, found = deployment.storage, fresh(deployment, endpoint)
    snapshot = deployment.snapshots.load(endpoint.workspace_id, endpoint.id)
    assert all(deployment.models.find(item.model) for item in snapshot.endpoint.models_in_use())
    assert found.deployments.current_share + sum(item.share for item in found.deployments.others) == 100
    plan = find_plan(storage, endpoint.workspace_id, endpoint.id)
    if plan is None:
        assert (killed, found.change.sequence) == (True, 1)
        move_plan(storage, endpoint.workspace_id, endpoint.id, now=NOW)
        assert find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id) is None
        return
    if plan.state is PlanState.RUNNING:
        assert find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id) is not None
        if end == "stopped" and plan.place.phase is not Phase.LEAVING:
            stop_promotion(deployment, found, by=KEY, now=NOW)
        if end == "rolled back":
            tick(deployment, endpoint, NOW + MINUTE)
            calls(deployment, endpoint, plan.candidate, NOW + MINUTE, bad=10)
        for minutes in (2, 3):
            plan = tick(deployment, endpoint, NOW + minutes * MINUTE)
    start_due_work(storage, now=NOW + 4 * MINUTE)
    assert plan.state is ENDS[end], plan
    found = fresh(deployment, endpoint)
    assert found.deployments == NONE
    assert (found.resources == plan.candidate) == (end == "promoted")
    steps = [why.partition(",")[0] for why in whys(deployment, endpoint) if why.startswith("step ")]
    # A plan that was stopped on its way into a step may not have begun it.
    begun = {"promoted": (3,), "rolled back": (1,), "stopped": (0, 1)}[end]
    assert len(steps) == len(set(steps)), "each step once in the history"
    assert len(steps) in begun
    told = events(deployment, endpoint)
    assert told.count(PROMOTION_STEP) in ((4,) if end == "promoted" else begun)
    assert told.count(PROMOTION_ROLLED_BACK) == (end == "rolled back")
    assert find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id) is None
