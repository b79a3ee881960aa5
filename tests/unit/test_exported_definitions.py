"""Exported definitions of services whose modules are run: held to their experiment."""

import copy

import pytest

from studio.errors import BadArgument
from studio.transfer.definitions import parse_definition

COLUMNS = [{"name": "age", "type": "Int32"}]
EXPORTED = {
    "kind": "predictive",
    "experiment": {
        "modules": {
            "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": "people.csv"}},
            "Model": {"module": "Trained Model", "properties": {"Resource name": "People"}},
            "Score": {"module": "Score Model"},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Model", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Data", "Results dataset"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Score", "Dataset"]}],
        "webServiceOutputs": [{"name": "output1", "from": ["Evaluate", "Evaluation results"]}],
    },
    "inputs": [{"name": "input1", "columns": COLUMNS}],
    "outputs": [{"name": "output1", "kind": "dataset", "columns": COLUMNS}],
    "parameters": [],
    "models": [{"name": "People", "inputs": COLUMNS, "outputs": COLUMNS}],
}


def test_a_definition_with_models_is_read_as_it_was_written():
    found = parse_definition(EXPORTED, "it")
    assert (found.resources, found.kind, [item.name for item in found.outputs]) == (
        ("People",),
        "predictive",
        ["output1"],
    )


@pytest.mark.attack("Workspace exports")
@pytest.mark.parametrize(
    "change",
    [
        {"models": [{"name": "Other", "inputs": COLUMNS, "outputs": COLUMNS}]},
        {"models": EXPORTED["models"] * 2},
        {"outputs": [{"name": "output1", "kind": "model", "columns": COLUMNS}]},
    ],
)
def test_models_and_outputs_that_the_experiment_does_not_have_are_refused(change):
    with pytest.raises(BadArgument):
        parse_definition(EXPORTED | change, "it")


@pytest.mark.attack("Workspace exports")
@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_a_predictive_service_that_returns_a_model_is_refused(kind):
    document = copy.deepcopy(EXPORTED)
    document["experiment"]["webServiceOutputs"] = [{"name": "output1", "from": ["Model", "Trained model"]}]
    document["outputs"][0]["kind"] = kind
    with pytest.raises(BadArgument, match="'output1' as a model"):
        parse_definition(document, "it")
