"""The builder of experiments: what it makes, what it refuses, and that its modules are those of the palette."""

import json
import re
from pathlib import Path

import pytest

import perennial
from examples.drawings.experiment import drawing_experiment
from examples.many_models.experiment import rental_experiment
from examples.parity.__main__ import document as parity_document
from examples.retraining.experiment import DECISION_FOREST, training_experiment
from perennial import Experiment, Parameter, PerennialError, experiment_code
from perennial.estimators import write_estimator
from perennial.experiment_draft import LEARNERS, training_document
from perennial.experiment_parts import Module
from studio.graph.contract import Kind
from studio.graph.document import parse_experiment
from studio.graph.palette import list_modules
from tests.builders import people_experiment
from tests.typed.builder import people
from tools.palette_builder import palette_code, property_names, python_name

ROOT = Path(__file__).parents[2]
TABLE = type("Table", (), {"name": "a table"})


def documents():
    """Every example document of the project."""
    page = (ROOT / "docs" / "reference" / "experiment.md").read_text()
    yield from (json.loads(text) for text in re.findall(r"```json\n(\{\n  \"desc.*?)```", page, re.DOTALL))
    yield from (drawing_experiment("drawings.csv", 20), rental_experiment("rentals.csv"), people_experiment())
    yield training_experiment("people.csv", "bought", DECISION_FOREST, {"Encoding": "UTF-8"})
    yield from (training_document("people.csv", "bought", item) for items in LEARNERS.values() for item in items)
    for module in list_modules():
        if module.outputs and module.outputs[0].type == "Untrained model" and module.named is None:
            yield parity_document(module.name, "Clustering" if "Clustering" in module.name else "", TABLE)


def full(module):
    """A document of one module with a value for every property, and all its inputs fed by Import Data's like."""
    values = {Kind.TEXT: "x", Kind.COLUMNS: {"select": "numeric"}, Kind.ESTIMATOR: "{}"}
    properties = {
        item.name: next(
            (value for value in (item.default, values.get(item.kind), item.minimum) if value is not None), 1
        )
        for item in module.properties
    }
    return {
        "modules": {"It": {"module": module.name, "properties": json.loads(json.dumps(properties))}},
        "connections": [],
        "webServiceParameters": [
            {"name": item.name, "module": "It", "property": item.name} for item in module.properties[:2]
        ],
        "layout": {"It": [1, 2.5]},
    }


def normal(document):
    """A document without what is empty; connections in any order are the same."""
    kept = {name: value for name, value in document.items() if value}
    modules = {title: {"properties": {}, **item} for title, item in document["modules"].items()}
    links = {(*item["from"], *item["to"]) for item in document["connections"]}
    return kept | {"modules": modules, "connections": links}


def build(code: str) -> Experiment:
    names: dict = {}
    exec(compile(code, "built", "exec"), names)
    return names["experiment"]


def test_the_modules_are_those_of_the_palette():
    # Written by `make reference`.
    assert (ROOT / "perennial" / "palette.py").read_text() == palette_code()


def test_every_example_document_can_be_built_and_written_as_code():
    found = list(documents())
    assert len(found) > 50
    for document in found:
        assert normal(build(experiment_code(document)).to_json()) == normal(document)


@pytest.mark.parametrize("module", list_modules(), ids=lambda module: module.name)
def test_every_module_and_property_can_be_built(module):
    document = full(module)
    assert normal(build(experiment_code(document)).to_json()) == normal(document)


def test_names_are_pythons_and_differ():
    methods = [python_name(module.name) for module in list_modules()]
    assert len(set(methods)) == len(methods)
    for module in list_modules():
        names = property_names(module)
        assert len(set(names.values())) == len(names)
        assert all(name.isidentifier() for name in (*methods, *names.values()))


def test_what_is_built_is_what_the_app_accepts():
    document = people().to_json()
    parsed = parse_experiment(document)
    assert [item.name for item in parsed.parameters] == ["Trees"]
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Clean Missing Data", "Dataset"]}]
    assert "<table" in people()._repr_html_()


def test_the_how_to_builds_what_the_app_accepts():
    page = (ROOT / "docs" / "how-to" / "from-a-notebook.md").read_text()
    (code,) = re.findall(r"```python\n(exp = .*?)^ws\.", page, re.DOTALL | re.MULTILINE)
    names = {"perennial": perennial}
    exec(code, names)
    assert [item.name for item in parse_experiment(names["exp"].to_json()).parameters] == ["Rate"]


def test_a_parameter_without_a_default_stands_for_a_required_value():
    experiment = Experiment()
    experiment.select_columns_in_dataset(experiment.import_data(), select_columns=Parameter("Columns"))
    document = experiment.to_json()
    assert document["webServiceParameters"][0] == {
        "name": "Columns",
        "module": "Select Columns in Dataset",
        "property": "Select Columns",
    }
    assert build(experiment_code(document)).to_json() == document


def test_an_estimator_travels_as_data():
    from sklearn.linear_model import Ridge

    experiment = Experiment()
    experiment.scikit_learn_estimator(estimator=Ridge(0.5), task="Regression", alpha=Parameter("alpha", 1))
    document = experiment.to_json()
    properties = document["modules"]["Scikit-learn Estimator"]["properties"]
    assert json.loads(properties["Estimator"]) == write_estimator(Ridge(0.5))
    assert document["webServiceParameters"][0]["property"] == "alpha"
    assert build(experiment_code(document)).to_json() == document


def attempts(experiment: Experiment):
    data, learner = experiment.import_data(), experiment.two_class_logistic_regression()
    split, other = experiment.split_data(data), Experiment().import_data()
    return {
        "'Dataset' of <Clean Missing Data 'Clean Missing Data'> takes a Dataset, but 'Two-Class Logistic": (
            lambda: experiment.clean_missing_data(learner)
        ),
        "is a Untrained model, which <Clean Missing Data": lambda: learner >> experiment.clean_missing_data(),
        "has several outputs: name one of 'Results dataset1' or 'Results dataset2'": (
            lambda: experiment.clean_missing_data(split)
        ),
        "could go into 'Dataset1' or 'Dataset2'": lambda: data >> experiment.add_rows(),
        "is connected already": lambda: data >> split,
        "belongs to another experiment": lambda: experiment.split_data(other),
        "takes a module or its port, got str": lambda: experiment.split_data("Data"),
        "has a module 'Split Data' already": lambda: experiment.split_data(title="Split Data"),
        "has no input 'Data'": lambda: experiment.web_service_input("in", split, "Data"),
        "Name the input port": lambda: experiment.web_service_input("in", experiment.add_rows()),
        "cannot go into int": lambda: data >> 5,
    }


@pytest.mark.parametrize("text", list(attempts(Experiment())))
def test_what_does_not_fit_is_refused_when_it_is_built(text):
    experiment = Experiment()
    attempt = attempts(experiment)[text]
    with pytest.raises(PerennialError) as error:
        attempt()
    assert text in str(error.value)


def test_a_module_that_is_refused_leaves_nothing_behind():
    experiment = Experiment()
    data, learner = experiment.import_data(), experiment.two_class_logistic_regression()
    before = experiment.to_json()
    with pytest.raises(PerennialError):
        experiment.train_model(learner, learner)  # the first fits
    assert experiment.to_json() == before
    assert list(experiment.modules.values()) == [data, learner]


def test_titles_are_numbered_and_optional_inputs_come_last():
    experiment = Experiment()
    data = experiment.import_data()
    assert [experiment.split_data(data).title for _ in range(3)] == ["Split Data", "Split Data 2", "Split Data 3"]
    script = data >> experiment.execute_python_script(script="double.py")
    assert list(script.connected) == ["Dataset1"]
    tuned = data >> experiment.tune_model_hyperparameters(name_or_numerical_index_of_the_label_column="x")
    assert list(tuned.connected) == ["Training dataset"]
    assert isinstance(tuned, Module)


@pytest.mark.parametrize(
    "change, text",
    [
        ({"modules": {"A": {"module": "Placeholder"}}}, "the palette has no module 'Placeholder'"),
        ({"modules": {"A": {"module": "Score Modle"}}}, "Did you mean 'Score Model'?"),
        ({"modules": {"A": {"module": "Score Model", "properties": {"Odd": 1}}}}, "has no property 'Odd'"),
    ],
)
def test_documents_that_cannot_be_code_say_why(change, text):
    with pytest.raises(PerennialError) as error:
        experiment_code({"connections": []} | change)
    assert text in str(error.value)


@pytest.mark.attack("code in names")
def test_names_in_a_document_cannot_become_code():
    title = "x'); import os; os.system('true') #\n"
    document = {
        "description": title,
        "modules": {title: {"module": "Import Data", "properties": {"Path to container, directory or blob": title}}},
        "connections": [],
        "webServiceParameters": [{"name": title, "module": title, "property": "Path to container, directory or blob"}],
    }
    code = experiment_code(document)
    assert build(code).to_json() == document
    assert not re.search(r"^\s*import os", code, re.MULTILINE)
    estimator = {"modules": {"A": {"module": "Scikit-learn Estimator", "properties": {"a=1);import os;(": 1}}}}
    with pytest.raises(PerennialError):
        experiment_code(estimator | {"connections": []})
