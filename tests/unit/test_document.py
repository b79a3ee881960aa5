import copy
import time

import pytest

from studio.errors import BadArgument
from studio.graph.document import PortRef, parse_experiment
from studio.graph.predictive import derive_predictive
from studio.graph.saving import check_limits
from tests.builders import people_experiment


def broken(change):
    document = copy.deepcopy(people_experiment())
    change(document)
    with pytest.raises(BadArgument) as caught:
        parse_experiment(document)
    assert caught.value.details[0].code == "ModelConfigurationInvalid"
    return caught.value


def test_modules_run_after_what_they_need():
    order = parse_experiment(people_experiment()).order
    for earlier, later in (("Data", "Mark"), ("Split", "Train"), ("Learner", "Train"), ("Score", "Evaluate")):
        assert order.index(earlier) < order.index(later)


def test_only_what_an_output_needs_is_upstream_of_it():
    experiment = parse_experiment(people_experiment())
    fed = frozenset({PortRef("Mark", "Dataset")})
    needed = experiment.upstream([PortRef("Train", "Trained model")], fed)
    assert needed == {"Mark", "Clean", "Split", "Learner", "Train"}


@pytest.mark.parametrize("document", [None, [], "x", {}, {"modules": []}, {"modules": {}}])
def test_something_that_is_no_experiment_is_refused(document):
    with pytest.raises(BadArgument):
        parse_experiment(document)


def test_an_unknown_module_is_named_with_a_suggestion():
    error = broken(lambda d: d["modules"]["Split"].update(module="Split data"))
    assert error.details[0].target == "Split"
    assert "Did you mean 'Split Data'" in error.message


def test_an_unknown_property_is_named_with_a_suggestion():
    error = broken(lambda d: d["modules"]["Split"].update(properties={"Random sed": 1}))
    assert "Did you mean 'Random seed'" in error.message


@pytest.mark.parametrize(
    "value, text",
    [(1.5, "between 0 and 1, got 1.5"), ("many", "must be a number, got 'many'"), (True, "must be a number")],
)
def test_a_property_out_of_bounds_says_what_is_accepted(value, text):
    name = "Fraction of rows in the first output dataset"
    error = broken(lambda d: d["modules"]["Split"].update(properties={name: value}))
    assert name in error.message
    assert text in error.message


def test_a_missing_required_property_is_named_unless_a_parameter_sets_it():
    document = people_experiment()
    document["modules"]["Data"]["properties"] = {}
    with pytest.raises(BadArgument, match="'Path to container, directory or blob' is required"):
        parse_experiment(document)
    path = {"name": "Data path", "module": "Data", "property": "Path to container, directory or blob"}
    document["webServiceParameters"] = [path]
    assert parse_experiment(document).parameters[0].required


def test_a_property_of_another_choice_is_not_required():
    document = people_experiment()
    document["modules"]["Data"]["properties"] |= {"Please Specify Authentication Type": "Workspace"}
    assert (
        parse_experiment(document).nodes["Data"].properties.keys() == document["modules"]["Data"]["properties"].keys()
    )


def test_a_circle_is_named():
    def close(document):
        document["connections"] = [item for item in document["connections"] if item["to"] != ["Mark", "Dataset"]] + [
            {"from": ["Clean", "Cleaned dataset"], "to": ["Mark", "Dataset"]}
        ]

    assert "form a cycle" in broken(close).message


def test_ports_of_different_types_cannot_be_joined():
    def join(document):
        document["connections"][4] = {"from": ["Learner", "Untrained model"], "to": ["Train", "Dataset"]}

    assert "connects the type 'Untrained model' to 'Dataset'" in broken(join).message


@pytest.mark.parametrize(
    "connection, text",
    [
        ({"from": ["Nobody", "x"], "to": ["Mark", "Dataset"]}, "no module 'Nobody'"),
        ({"from": ["Data", "Rows"], "to": ["Mark", "Dataset"]}, "no output port 'Rows'. It has: 'Results dataset'"),
        ({"from": ["Data", "Results dataset"], "to": ["Mark", "Table"]}, "no input port 'Table'"),
        ({"from": "Data", "to": ["Mark", "Dataset"]}, 'A port must be ["module", "port"]'),
        ({"from": ["Data", "Results dataset"]}, "A connection must be"),
    ],
)
def test_a_wrong_connection_says_what_is_wrong(connection, text):
    def replace(document):
        document["connections"][0] = connection

    assert text in broken(replace).message


def test_an_input_port_takes_one_connection_and_needs_one():
    twice = broken(lambda d: d["connections"].append({"from": ["Data", "Results dataset"], "to": ["Clean", "Dataset"]}))
    assert "must have only one connection" in twice.message
    assert (
        "Nothing is connected to the input port 'Train' / 'Untrained model'"
        in broken(lambda d: d["connections"].pop(3)).message
    )


@pytest.mark.parametrize(
    "key, item, text",
    [
        ("webServiceInputs", {"name": "input2", "to": ["Train", "Untrained model"]}, "must feed a dataset"),
        ("webServiceOutputs", {"name": "o", "from": ["Learner", "Untrained model"]}, "untrained model"),
        ("webServiceOutputs", {"name": "output1", "from": ["Score", "Scored dataset"]}, "both at output1"),
        ("webServiceInputs", {"name": "input2", "to": ["Mark", "Dataset"]}, "both at 'Mark' / 'Dataset'"),
        ("webServiceParameters", {"name": "p", "module": "Split", "property": "Sed"}, "there is no such property"),
    ],
)
def test_wrong_web_service_ports_and_parameters_are_refused(key, item, text):
    assert text in broken(lambda d: d.setdefault(key, []).append(item)).message


def chain(length, *, backwards=False):
    """An experiment whose modules are one long chain, the last first if backwards."""
    modules = {"m0": {"module": "Enter Data Manually", "properties": {"Data": "a,b\n1,x\n2,y"}}}
    modules |= {f"m{number}": {"module": "Clip Values"} for number in range(1, length)}
    ports = ["dataset", *["Results dataset"] * length]
    connections = [
        {"from": [f"m{number - 1}", ports[number - 1]], "to": [f"m{number}", "Dataset"]} for number in range(1, length)
    ]
    return {
        "modules": dict(reversed(modules.items())) if backwards else modules,
        "connections": connections,
    }


def processor_seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.attack("Size and time")
def test_checking_takes_time_in_proportion_to_the_document():
    document = chain(2000, backwards=True)
    parse_experiment(chain(10))
    document["webServiceParameters"] = [
        {"name": f"p{number}", "module": f"m{number}", "property": "Set of thresholds"} for number in range(1, 1000)
    ]
    document["webServiceOutputs"] = [
        {"name": f"o{number}", "from": [f"m{number}", "Results dataset"]} for number in range(1, 200)
    ]
    check_limits(document)
    assert processor_seconds(lambda: parse_experiment(document)) < 1
    assert parse_experiment(document).order[:3] == ("m0", "m1", "m2")


@pytest.mark.attack("Size and time")
def test_a_long_circle_or_an_unknown_title_is_explained_briefly():
    document = chain(2000)
    document["modules"]["m0"] = {"module": "Clip Values"}
    document["connections"][0]["from"][1] = "Results dataset"
    document["connections"].append({"from": ["m1999", "Results dataset"], "to": ["m0", "Dataset"]})
    with pytest.raises(BadArgument, match="form a cycle") as caught:
        parse_experiment(document)
    assert len(caught.value.message) < 1000
    document["connections"][0]["from"][0] = "nothing"
    with pytest.raises(BadArgument, match="has no module 'nothing'") as caught:
        parse_experiment(document)
    assert len(caught.value.message) < 1000


@pytest.mark.attack("Size and time")
def test_a_long_chain_becomes_a_predictive_experiment():
    document = chain(1900)
    document["modules"]["learner"] = {"module": "Two-Class Logistic Regression"}
    document["modules"]["train"] = {"module": "Train Model", "properties": {"Label column": "b"}}
    document["connections"] += [
        {"from": ["learner", "Untrained model"], "to": ["train", "Untrained model"]},
        {"from": ["m1899", "Results dataset"], "to": ["train", "Dataset"]},
    ]
    experiment = parse_experiment(document)
    assert processor_seconds(lambda: derive_predictive(experiment, "long")) < 1
    assert len(parse_experiment(derive_predictive(experiment, "long")).nodes) == 1899 + 2


def nested(depth):
    value = "a"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "change, text",
    [
        (lambda document: document["modules"].update({f"x{n}": {} for n in range(2001)}), "at most 2,000 entries"),
        (lambda document: document["connections"].extend([{}] * 10_001), "at most 10,000 entries"),
        (lambda document: document.update(webServiceParameters=[{}] * 1001), "at most 1,000 entries"),
        (lambda document: document.update(webServiceInputs=[{}] * 201), "at most 200 entries"),
        (lambda document: document["modules"].update({"x" * 401: {}}), "at most 400 characters, got 401"),
        (lambda document: document.update(webServiceOutputs=[{"name": "x" * 401}]), "at most 400 characters"),
        (lambda document: document["modules"].update(x=nested(300)), "20 levels deep"),
        (lambda document: document["modules"].update(x={"properties": {"y": nested(50_000)}}), "20 levels deep"),
        (lambda document: document["modules"].update(x={"properties": {"y": 2**64}}), "too large or not a number"),
        (lambda document: document["modules"].update(x=float("nan")), "too large or not a number"),
        (lambda document: document["modules"].update(x=int("9" * 4000)), "too large or not a number"),
    ],
)
def test_documents_have_limits_when_they_are_saved(change, text):
    document = chain(3)
    change(document)
    with pytest.raises(BadArgument, match=text) as caught:
        check_limits(document)
    assert len(caught.value.message) < 1000


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("value", [["m1"], {"a": 1}, None, 7])
def test_a_parameter_that_names_no_text_is_refused(value):
    for name in ("module", "property"):
        parameter = {"name": "p", "module": "m1", "property": "Set of thresholds"} | {name: value}
        with pytest.raises(BadArgument):
            parse_experiment(chain(3) | {"webServiceParameters": [parameter]})


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("value", ["9" * 4000, int("9" * 4000), "1e400", float("inf"), "nan", [1], {"a": 1}])
def test_a_number_that_is_none_is_refused_as_a_property(value):
    document = chain(2)
    document["modules"]["m1"]["properties"] = {"Constant value of upper threshold": value}
    with pytest.raises(BadArgument, match="upper threshold must be a number"):
        parse_experiment(document)
