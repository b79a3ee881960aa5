import copy
import json
from pathlib import Path

import jsonschema
import pytest

from examples.retraining.experiment import training_experiment
from studio.graph.json_schema import experiment_schema
from tests.builders import people_experiment

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "experiment.schema.json"


def test_the_published_schema_is_the_one_the_palette_gives():
    assert json.loads(PUBLISHED.read_text()) == experiment_schema()


@pytest.mark.parametrize("document", [people_experiment(), training_experiment("a.csv", "label")])
def test_good_documents_are_valid(document):
    assert list(jsonschema.Draft202012Validator(experiment_schema()).iter_errors(document)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(extra=1),
        lambda d: d["modules"]["Split"].update(module="Splitt"),
        lambda d: d["modules"]["Split"]["properties"].update({"Random seed": -1}),
        lambda d: d["modules"]["Split"]["properties"].update({"Nonsense": 1}),
        lambda d: d["connections"].append({"from": ["a"], "to": ["b", "c"]}),
    ],
)
def test_bad_documents_are_not(change):
    document = copy.deepcopy(people_experiment())
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(experiment_schema()).validate(document)


def test_every_error_is_named_with_its_place():
    document = copy.deepcopy(people_experiment())
    document["modules"]["Learner"]["module"] = "Two-Class Logistic Regresion"
    document["modules"]["Split"]["properties"] = {"Random seed": -1, "Nonsense": 1}
    document["extra"] = 1
    errors = jsonschema.Draft202012Validator(experiment_schema()).iter_errors(document)
    places = {("/".join(map(str, error.absolute_path)), error.validator) for error in errors}
    assert places == {
        ("", "additionalProperties"),
        ("modules/Learner/module", "enum"),
        ("modules/Split/properties", "additionalProperties"),
        ("modules/Split/properties/Random seed", "minimum"),
    }
