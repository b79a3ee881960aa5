"""Everything that is wrong with a document is said at once, each with its place and what to do."""

import copy
import json
import time

import pytest

from studio.errors import BadArgument
from studio.graph.document import parse_experiment
from studio.graph.order import find_cycles, in_order
from studio.graph.saving import check_new_document, find_warnings
from studio.wire import parse_marking_repeats
from tests.builders import people_experiment


def errors_of(document, kept=None):
    with pytest.raises(BadArgument) as caught:
        check_new_document(document, lambda place: kept)
    assert caught.value.message == caught.value.details[0].message
    return caught.value.details


def test_a_sound_document_is_accepted():
    assert check_new_document(people_experiment(), lambda place: None).order


def wrong_in_every_way():
    document = copy.deepcopy(people_experiment())
    modules = document["modules"]
    modules["Split"]["properties"] = {"Random sed": 1, "Fraction of rows in the first output dataset": 7}
    modules["Learner"]["module"] = "Two-Class Logistic Regresion"
    modules["Data"]["properties"] = {}
    modules["Alone"] = {"module": "Clip Values"}
    modules["Text"] = "Clip Values"
    document["conections"] = []
    document["connections"] += [
        {"from": ["Cleen", "Cleaned dataset"], "to": ["Evaluate", "Scored dataset to compare"]},
    ]
    rows = next(item for item in document["connections"] if item["to"] == ["Score", "Dataset"])
    rows["from"] = ["Train", "Trained model"]
    document["webServiceOutputs"].append({"name": "output9", "from": ["Score", "Scores"]})
    document["webServiceParameters"] = [
        {"name": "Seed", "module": "Split", "property": "Random sed"},
        {"name": "Share", "module": "Split", "property": "Random seed", "default": "many"},
    ]
    return document


def test_all_that_is_wrong_is_said_at_once_with_its_place():
    found = errors_of(wrong_in_every_way())
    places = [(item.module, item.port or item.property, item.number) for item in found]
    assert places == [
        (None, None, None),
        ("Data", "Path to container, directory or blob", "0003"),
        ("Split", "Random sed", "0105"),
        ("Split", "Fraction of rows in the first output dataset", "0008"),
        ("Learner", None, None),
        ("Text", None, None),
        ("Split", "Random sed", None),
        ("Score", "Dataset", None),
        ("Cleen", None, None),
        ("Score", "Scores", None),
        ("Alone", "Dataset", None),
        ("Split", "Random seed", "0002"),
    ]
    texts = "\n".join(item.message for item in found)
    for hint in ("'connections'", "'Random seed'", "'Two-Class Logistic Regression'", "'Clean'"):
        assert f"Did you mean {hint}?" in texts


def test_putting_right_what_is_said_leaves_nothing_to_say():
    """No error is a consequence of another one: each that is mended takes exactly itself away."""
    document = wrong_in_every_way()
    mends = [
        lambda d: d.pop("conections"),
        lambda d: d["modules"]["Data"].update(people_experiment()["modules"]["Data"]),
        lambda d: d["modules"]["Split"]["properties"].pop("Random sed"),
        lambda d: d["modules"]["Split"]["properties"].clear(),
        lambda d: d["modules"]["Learner"].update(module="Two-Class Logistic Regression", properties={}),
        lambda d: d["modules"].pop("Text"),
        lambda d: d["webServiceParameters"].pop(0),
        lambda d: d["connections"].pop(-1),
        lambda d: d.update(connections=people_experiment()["connections"]),
        lambda d: d["webServiceOutputs"].pop(-1),
        lambda d: d["modules"].pop("Alone"),
    ]
    left = len(errors_of(document))
    for mend in mends:
        mend(document)
        left -= 1
        assert len(errors_of(document)) == left
    document["webServiceParameters"].clear()
    check_new_document(document, lambda place: None)


@pytest.mark.parametrize(
    "end, place", [("to", ["Trian", "Dataset"]), ("to", ["Train", "Datset"]), ("from", ["Splt", "Results dataset1"])]
)
def test_a_misspelt_end_of_a_connection_is_one_error_not_two(end, place):
    document = copy.deepcopy(people_experiment())
    mine = next(item for item in document["connections"] if item["to"] == ["Train", "Dataset"])
    mine[end] = place
    assert len(errors_of(document)) == 1


def test_cycles_are_told_apart_and_what_needs_them_is_in_none():
    feeds = {("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("d", "e"), ("f", "f"), ("e", "g")}
    assert find_cycles("gfedcba", feeds) == [["f"], ["d", "c"], ["b", "a"]]
    assert in_order("xgfedcba", feeds) == ("x",)
    assert find_cycles("abc", {("a", "b"), ("b", "c"), ("a", "c")}) == []


def test_titles_and_properties_given_twice_are_named():
    body = json.dumps(people_experiment()).replace('"Mark": {', '"Split": {"module": "SMOTE"}, "Mark": {', 1)
    body = body.replace('"properties": {', '"properties": {"Random seed": 3, "Random seed": 4, ', 1)
    document = parse_marking_repeats(body.encode())
    found = [item.message for item in errors_of(document)]
    assert "Two modules have the title 'Split' more than once. Rename or remove all but one." in found
    assert any("sets the property 'Random seed' more than once" in text for text in found)
    assert parse_marking_repeats(json.dumps(people_experiment()).encode()) == people_experiment()


@pytest.mark.attack("Size and time")
def test_secrets_that_are_not_stored_are_all_named_and_none_is_repeated_in_a_message():
    document = copy.deepcopy(people_experiment())
    blob = {"Data source": "Azure Blob Storage", "Path to container, directory or blob": "a/b.csv"}
    document["modules"]["One"] = {"module": "Import Data", "properties": blob | {"Account Key": "***"}}
    document["modules"]["Two"] = {"module": "Import Data", "properties": blob | {"Account Key": ["c2VjcmV0"]}}
    found = errors_of(document)
    assert {("One", "Account Key"), ("Two", "Account Key")} <= {(item.module, item.property) for item in found}
    assert "c2VjcmV0" not in str(found)


def test_a_selection_of_columns_of_an_unknown_kind_is_refused_when_it_is_saved():
    document = copy.deepcopy(people_experiment())
    document["modules"]["Clean"]["properties"]["Columns to be cleaned"] = {"select": "numbers"}
    [found] = errors_of(document)
    assert (found.module, found.property, found.number) == ("Clean", "Columns to be cleaned", "0011")
    parse_experiment(document)


def test_the_model_that_is_no_output_is_warned_about_with_what_to_add():
    document = copy.deepcopy(people_experiment())
    assert find_warnings(parse_experiment(document)) == []
    document["webServiceOutputs"] = []
    [warning] = find_warnings(parse_experiment(document))
    assert warning.module == "Train"
    addition = json.loads(warning.message.partition("webServiceOutputs: ")[2].removesuffix("."))
    document["webServiceOutputs"].append(addition)
    assert find_warnings(check_new_document(document, lambda place: None)) == []


def many(count=2000):
    return {f"m{number}": {"module": "Clip Values"} for number in range(count)}


HOSTILE = {
    "one wrong name everywhere": lambda: {
        "modules": many(),
        "connections": [{"from": ["nothing", "x"], "to": [f"missing{'y' * 300}", "z"]}] * 3000,
    },
    "many wrong names": lambda: {
        "modules": many(),
        "connections": [{"from": [f"n{number}" * 90, "x"], "to": ["m1", "z"]} for number in range(3000)],
    },
    "long names of modules": lambda: {
        "modules": {f"{'t' * 390}{number}": {"module": "Clip Valuess" * 1000} for number in range(2000)}
    },
    "many properties": lambda: {
        "modules": {"m": {"module": "Clip Values", "properties": {f"p{number}" * 50: 1 for number in range(20_000)}}}
    },
    "many cycles": lambda: {
        "modules": many(),
        "connections": [
            {"from": [f"m{n}", "Results dataset"], "to": [f"m{(n + 1) % 2000 if n % 2 else n - 1}", "Dataset"]}
            for n in range(1, 2000)
        ],
    },
    "one wrong parameter": lambda: {
        "modules": many(200),
        "webServiceParameters": [{"name": "p", "module": "n", "property": "q"}] * 1000,
    },
}


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("kind", HOSTILE)
def test_saying_what_is_wrong_takes_little_time_and_room(kind):
    document = HOSTILE[kind]()
    started = time.process_time()
    found = errors_of(document)
    assert time.process_time() - started < 1
    assert len(found) <= 101
    assert sum(len(item.message) for item in found) < 200_000
