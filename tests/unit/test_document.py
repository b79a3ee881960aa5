import copy

import pytest

from studio.errors import BadArgument
from studio.graph.document import PortRef, parse_experiment
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
