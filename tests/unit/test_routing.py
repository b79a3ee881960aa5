"""Which deployment answers a row: by shares, the same for the same caller, and requests that several answer."""

import hashlib
import json
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import orjson
import pytest

from studio.errors import BadUserArgument
from studio.model.container import write_model_file
from studio.model.loaded import load_model
from studio.registry.definitions import PREDICTIVE, Definition, ServiceInput, ServiceOutput
from studio.registry.deployments import (
    NONE,
    Deployment,
    Deployments,
    Resource,
    deployments_from_json,
    deployments_to_json,
    models_id,
)
from studio.registry.endpoints import Endpoint
from studio.registry.history import Change
from studio.serving.extras import Extras
from studio.serving.limits import CallLimits
from studio.serving.model_cache import ModelCache
from studio.serving.parts import answers_alike, encodes_alike, in_order
from studio.serving.routing import PLACES, give_out, make_router
from studio.serving.scoring import score_request
from studio.serving.snapshots import Snapshot
from studio.serving.traffic import Meter
from tests.builders import people_csv, people_model_file

NAME = "people [trained model]"
ROW = {"age": 30, "city": "Oslo", "hours": 3.5, "smoker": True}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    cache = ModelCache(lambda digest: b"", tmp_path_factory.mktemp("cache"), 1 << 30, 1 << 28)
    for name, learner in (("a", "Two-Class Boosted Decision Tree"), ("b", "Two-Class Logistic Regression")):
        cache.add(name, load_model(write_model_file(people_model_file(learner)), 1 << 28))
    # One that knows other cities, and one whose labels are in another order, so that nothing can be shared.
    other = people_model_file("Two-Class Logistic Regression", people_csv(300, 5).replace("Kyoto", "Quito"))
    turned = replace(other, manifest=replace(other.manifest, labels=other.manifest.labels[::-1]))
    for name, file in (("c", other), ("d", turned)):
        cache.add(name, load_model(write_model_file(file), 1 << 28))
    return cache


def snapshot(models, share=50, append=True, candidate="b", **key):
    manifest = models.get("a").file.manifest
    output = ServiceOutput("output1", "dataset", manifest.outputs, NAME, append)
    definition = Definition(PREDICTIVE, {}, (ServiceInput("input1", manifest.inputs),), (output,), ())
    others = () if share is None else (Deployment("candidate", share, (Resource(NAME, candidate),)),)
    endpoint = Endpoint(
        "w" * 32,
        "s" * 32,
        "e" * 32,
        "default",
        "2026-01-01T00:00:00+00:00",
        "d",
        Change(1, "", "", "", ""),
        resources=(Resource(NAME, "a"),),
        deployments=Deployments(others, **key),
    )
    return Snapshot(endpoint, definition, ("k", "k"), 0, make_router(endpoint))


def ask(models, found, value, headers=None):
    """Return the response's rows, and the names of the deployments that answered."""
    routing = found.router and found.router.routing(headers or {})
    body = json.dumps({"Inputs": {"input1": value}}).encode()
    answer = orjson.loads(score_request(found, models, body, swagger=True, extras=Extras(routing)))
    scored = answer["Results"]["output1"]
    for row in scored:
        # Sums of few rows and of many may differ in the last digit.
        row["Scored Probabilities"] = round(float(row["Scored Probabilities"]), 12)
    return scored, routing.answered if routing else ""


def alone(models, value, share):
    """Return what one of the two models says of rows."""
    return ask(models, snapshot(models, share), value)[0]


def rows(count, **more):
    return [ROW | {"age": 20 + number % 50, "hours": number / 7} | more for number in range(count)]


def shares_of(places, count):
    return np.bincount(np.frombuffer(places, np.uint8), minlength=count) / PLACES


@pytest.mark.parametrize("shares", [(90, 10), (50, 50), (99, 1), (0, 100), (70, 20, 10), (25, 25, 25, 25), (40, 0, 60)])
def test_each_deployment_has_its_share_of_the_places(shares):
    named = tuple((f"d{number}", share) for number, share in enumerate(shares))
    found = shares_of(give_out("e", named), len(shares))
    assert np.abs(found - np.array(shares) / 100).max() < 0.006
    assert [share == 0 for share in shares] == [value == 0 for value in found]


def test_callers_have_their_share_too_and_those_of_two_endpoints_are_not_the_same(models):
    chosen = []
    for seed in ("e" * 32, "f" * 32):
        places = give_out(seed, (("current", 90), ("candidate", 10)))
        found = snapshot(models, 10).router
        router = type(found)(found.routes, places, "", "")
        chosen.append([router.place(f"customer-{number}".encode()) for number in range(20_000)])
    assert [abs(np.mean(item) - 0.1) < 0.01 for item in chosen] == [True, True]
    both = np.mean(np.array(chosen[0]) & np.array(chosen[1]))
    assert both < 0.02


def test_a_share_that_grows_takes_places_and_moves_no_others():
    random_ = random.Random(3)
    for _ in range(10):
        weights = [random_.randint(1, 50) for _ in range(4)]
        before = np.frombuffer(give_out("e", tuple((f"d{n}", weight) for n, weight in enumerate(weights))), np.uint8)
        weights[2] += random_.randint(1, 50)
        after = np.frombuffer(give_out("e", tuple((f"d{n}", weight) for n, weight in enumerate(weights))), np.uint8)
        assert set(after[before != after]) == {2}


def test_places_are_the_same_in_every_process_and_version():
    places = give_out("0123456789abcdef" * 2, (("current", 75), ("candidate", 25)))
    assert hashlib.sha256(places).hexdigest()[:16] == "f2740b9a92e8e9f3"


def test_the_same_caller_gets_the_same_model_and_keeps_it_when_the_share_grows(models):
    def chosen(share):
        found = snapshot(models, share, header="x-customer")
        return {n: ask(models, found, [ROW], {"x-customer": f"c{n}"})[1] for n in range(60)}

    small, large = chosen(20), chosen(60)
    assert small == chosen(20)
    assert set(small.values()) == set(large.values()) == {"current", "candidate"}
    assert all(large[n] == "candidate" for n, name in small.items() if name == "candidate")


def test_a_header_decides_for_all_rows_and_without_it_each_row_does(models):
    found = snapshot(models, 50, header="x-customer")
    for value in ("a", "b", "c", "d", "e"):
        answer, name = ask(models, found, rows(40), {"x-customer": value})
        assert answer == alone(models, rows(40), 100 if name == "candidate" else None)
    assert ask(models, found, rows(40))[1] == "current, candidate"
    assert ask(models, found, rows(40), {"x-customer": ""})[1] == "current, candidate"


@pytest.mark.parametrize(
    "key", [{}, {"column": "customer"}, {"column": "city"}, {"candidate": "c"}, {"candidate": "d"}]
)
@pytest.mark.parametrize("append", [True, False])
def test_rows_that_two_models_answer_come_back_in_order(models, key, append):
    value = [
        row | {"customer": f"c{n % 9}", "city": ("Oslo", "Kyoto", "Lima")[n % 3]} for n, row in enumerate(rows(64))
    ]
    both = [ask(models, snapshot(models, share, append, **key), value)[0] for share in (None, 100)]
    answer, names = ask(models, snapshot(models, 50, append, **key), value)
    chosen = ["a" if row == both[0][n] else "b" for n, row in enumerate(answer)]
    assert all(row == both["ab".index(name)][n] for n, (row, name) in enumerate(zip(answer, chosen, strict=True)))
    assert names == "current, candidate"
    assert 5 < chosen.count("a") < 59
    if "column" in key:
        of = {}
        for row, name in zip(value, chosen, strict=True):
            of.setdefault(row[key["column"]], set()).add(name)
        assert all(len(found) == 1 for found in of.values())


def test_a_row_has_the_same_model_alone_among_others_and_as_a_table(models):
    found, value = snapshot(models, 50), rows(40)
    whole, _ = ask(models, found, value)
    assert whole == [ask(models, found, [row])[0][0] for row in value]
    table = {"ColumnNames": [*reversed(ROW)], "Values": [[row[name] for name in reversed(ROW)] for row in value]}
    assert ask(models, found, table)[0] == whole


def test_a_key_is_the_same_caller_as_a_number_and_as_a_text(models):
    found = snapshot(models, 50, column="customer")
    names = [
        {ask(models, found, [ROW | {"customer": value}])[1] for value in (n, float(n), str(n), f" {n} ")}
        for n in range(20)
    ]
    assert all(len(item) == 1 for item in names)
    assert len(set(map(tuple, names))) == 2


@pytest.mark.attack("Odd keys of deployments")
def test_keys_that_are_missing_huge_or_no_cells_are_answered(models):
    by_column, by_header = snapshot(models, 50, column="customer"), snapshot(models, 50, header="x-customer")
    assert len(ask(models, by_column, rows(20))[0]) == 20
    for key in (None, "", [1, [2]], {"a": 1}, "x" * 1_000_000, 10**30, True, "\u0000", "Ω" * 3000):
        assert len(ask(models, by_column, [row | {"customer": key} for row in rows(3)])[0]) == 3
    mixed = [row | ({"customer": n} if n % 2 else {}) for n, row in enumerate(rows(20))]
    assert len(ask(models, by_column, mixed)[0]) == 20
    table = {"ColumnNames": [*ROW, "customer"], "Values": [[*ROW.values(), {"a": [1]}]] * 3}
    assert len(ask(models, by_column, table)[0]) == 3
    for value in ("x" * 1_000_000, "\udcff", "Ω" * 3000):
        assert len(ask(models, by_header, [ROW], {"x-customer": value})[0]) == 1
    assert ask(models, snapshot(models, 50), [])[0] == []


@pytest.mark.attack("Odd keys of deployments")
def test_a_cell_nested_too_deep_is_refused_as_without_a_split(models):
    deep = (
        b'{"Inputs": {"input1": [{"age": ' + b"[" * 600 + b"]" * 600 + b', "city": "x", "hours": 1, "smoker": true}]}}'
    )
    for share in (None, 50):
        found = snapshot(models, share)
        with pytest.raises(BadUserArgument, match="Row 1, column 'age'"):
            score_request(found, models, deep, swagger=True, extras=Extras(found.router and found.router.routing({})))


def test_an_error_names_the_row_of_the_request_whichever_model_it_went_to(models):
    found = snapshot(models, 50)
    for number in (0, 3, 11, 39):
        value = rows(40)
        value[number] = value[number] | {"hours": "many"}
        with pytest.raises(BadUserArgument, match=f"Row {number + 1}, column 'hours': 'many'"):
            ask(models, found, value)


def test_models_that_encode_alike_share_the_work_and_its_time(models):
    assert encodes_alike(models.get("a"), models.get("b"))
    assert not encodes_alike(models.get("a"), models.get("c"))
    assert not answers_alike(models.get("c"), models.get("d"))
    routing = snapshot(models, 50).router.routing({})
    body = json.dumps({"Inputs": {"input1": rows(400)}}).encode()
    score_request(snapshot(models, 50), models, body, swagger=True, extras=Extras(routing))
    mine, theirs = (routing._seconds[number] for number in (0, 1))
    assert mine > 0 < theirs
    assert routing.answered == "current, candidate"


def test_calls_and_failures_are_counted_for_the_models_that_answered(models):
    found = snapshot(models, 50, header="x-customer")
    meter = Meter(found.endpoint)
    limits = CallLimits(SimpleNamespace(meter=lambda endpoint: meter))
    names = [models_id((Resource(NAME, name),)) for name in "ab"]

    def call(value, headers):
        routing = found.router.routing(headers)
        body = json.dumps({"Inputs": {"input1": value}}).encode()
        with limits.enter(found.endpoint, routing):
            score_request(found, models, body, swagger=True, extras=Extras(routing))
        return routing.answered

    answered = [call([ROW], {"x-customer": str(n)}) for n in range(20)]
    call(rows(40), {})
    for place, name in enumerate(("current", "candidate")):
        assert sum(meter.of_models(names[place]).buckets) == answered.count(name) + 1
    caller = str(answered.index("candidate"))
    with pytest.raises(BadUserArgument):
        call([ROW | {"age": "old"}], {"x-customer": caller})
    assert [meter.of_models(name).errors for name in names] == [{}, {400: 1}]
    assert meter.now == 0


def test_an_endpoint_without_further_deployments_has_no_router(models):
    found = snapshot(models, None)
    assert found.router is None
    assert deployments_to_json(NONE) == ""
    assert [deployments_from_json(text) for text in (None, "")] == [NONE, NONE]


def test_deployments_are_read_as_they_were_stored():
    shadow = Deployment("next", 0, (Resource("m", "d" * 64, 4, "job"),))
    whole = Deployments((Deployment("candidate", 10, (Resource("m", "c" * 64, 3),)),), "x-customer", "", shadow)
    assert deployments_from_json(deployments_to_json(whole)) == whole
    assert (whole.current_share, len(whole.all())) == (90, 2)


def test_parts_are_put_together_in_order():
    parts = [([0, 2], [["a", "c"], [1, 3]]), ([1], [["b"], [2]])]
    assert in_order(parts) == [["a", "b", "c"], [1, 2, 3]]
