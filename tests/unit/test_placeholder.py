"""A placeholder can be saved and shown, and says why it cannot run."""

import pytest

from studio.errors import BadArgument, ModuleExecutionError
from studio.graph.contract import PortType
from studio.graph.document import parse_experiment
from studio.graph.placeholder import find_placeholders
from studio.graph.secrets import hide_secrets
from tests.builders import people_csv, people_experiment, run_document


def experiment(**replaces) -> dict:
    """A training experiment whose data comes from a placeholder."""
    document = people_experiment()
    known = {"name": "Reader", "reason": "The table is not here.", "outputs": {"Results dataset": "Dataset"}}
    document["modules"]["Data"] = {
        "module": "Placeholder",
        "properties": {"Table": "people"},
        "replaces": known | replaces,
    }
    return document


def test_its_ports_and_properties_are_those_in_the_document():
    document = experiment(inputs={"Story": "Dataset"}, outputs={"Results dataset": "Dataset", "M": "Trained model"})
    document["webServiceParameters"] = [{"name": "Table", "module": "Data", "property": "Table", "default": "x"}]
    module = parse_experiment(document).nodes["Data"].module
    assert [(port.name, port.type) for port in module.outputs] == [
        ("Results dataset", PortType.DATASET),
        ("M", PortType.TRAINED),
    ]
    assert module.inputs[0].optional
    assert hide_secrets(document)["modules"]["Data"] == document["modules"]["Data"]


def test_it_warns_and_refuses_to_run():
    assert find_placeholders(experiment()) == {"Data": "'Data' is a placeholder. The table is not here."}
    assert find_placeholders(people_experiment()) == {}
    with pytest.raises(ModuleExecutionError, match=r"Error 0012: Placeholder \(Data\): .*The table is not here"):
        run_document(experiment(), people_csv())


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": {"Results dataset": "Table"}},
        {"outputs": ["Results dataset"]},
        {"inputs": {str(number): "Dataset" for number in range(101)}},
        {"name": ["x"]},
        {"reason": "x" * 2001},
        {"run": "rm"},
    ],
)
def test_what_is_malformed_is_named(change):
    with pytest.raises(BadArgument, match="The placeholder 'Data' "):
        parse_experiment(experiment(**change))


def test_it_needs_to_say_what_it_replaces():
    document = experiment()
    del document["modules"]["Data"]["replaces"]
    with pytest.raises(BadArgument, match="needs 'replaces'"):
        parse_experiment(document)


@pytest.mark.parametrize("layout", [{"Data": [1]}, {"Data": ["1", 2]}, {"Data": [1, 1e99]}, {"No": [1, 2]}])
def test_a_layout_gives_modules_two_numbers(layout):
    document = people_experiment() | {"layout": layout}
    with pytest.raises(BadArgument, match="layout"):
        parse_experiment(document)


def test_a_layout_is_kept():
    document = people_experiment() | {"layout": {"Data": [10, -2.5]}}
    assert parse_experiment(document).document["layout"] == {"Data": [10, -2.5]}


PLACED = {"text": "<b>Here</b>", "at": [1, 2.5], "size": [200, 80]}


@pytest.mark.parametrize(
    "comments",
    [
        {"no": "list"},
        ["x"],
        [{"text": "x"}],
        [{"text": 1, "at": [1, 2]}],
        [PLACED | {"more": 1}],
        [PLACED | {"at": [1, 1e99]}],
        [PLACED] * 501,
        [PLACED | {"text": "x" * 2001}],
    ],
)
def test_comments_have_a_text_and_a_place(comments):
    with pytest.raises(BadArgument, match="comment"):
        parse_experiment(people_experiment() | {"comments": comments})
    assert parse_experiment(people_experiment() | {"comments": [PLACED]}).document["comments"] == [PLACED]
