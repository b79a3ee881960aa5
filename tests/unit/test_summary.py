"""A trained model says what it consists of, also where estimators are wrapped in others."""

import pytest

from studio.model.summary import summarise_model
from tests.builders import clean_people, load_packed, train_on


@pytest.fixture(scope="module")
def people():
    return clean_people(120)


def summary(learner, people, **properties):
    return summarise_model(train_on(learner, people, **properties).pipeline.named_steps["estimator"])


def test_a_network_has_layers_with_shapes_and_parameters(people):
    given = {"Number of hidden nodes": "5, 3", "Number of learning iterations": 30}
    found = summary("Neural Network Regression", people, **given)
    shapes = [(layer["inputs"], layer["outputs"], layer["activation"]) for layer in found["layers"]]
    width = shapes[0][0]
    assert shapes == [(width, 5, "logistic"), (5, 3, "logistic"), (3, 1, "identity")]
    assert found["parameters"] == (width + 1) * 5 + 6 * 3 + 4
    assert found["epochs"] == 30


@pytest.mark.parametrize(
    "learner, trees",
    [
        ("Two-Class Boosted Decision Tree", "Total number of trees constructed"),
        ("Decision Forest Regression", "Number of decision trees"),
    ],
)
def test_trees_are_counted_with_leaves_and_depth(learner, trees, people):
    found = summary(learner, people, **{trees: 3})
    assert (found["kind"], found["trees"]) == ("trees", 3)
    assert 3 < found["leaves"] <= 3 * 2 ** found["depth"]


def test_a_linear_model_says_how_many_weights_are_zero(people):
    few = summary("Two-Class Logistic Regression", people, **{"L1 Regularization weight": 1000.0})
    assert few["zero"] == few["weights"]
    assert summary("Two-Class Logistic Regression", people, **{"L1 Regularization weight": 0})["zero"] == 0


def test_wrapped_models_are_added_up(people):
    assert (
        summary("Two-Class Support Vector Machine", people, **{"Perform a projection to the unit-ball": True})["kind"]
        == "linear"
    )
    assert summary("Fast Forest Quantile Regression", people, **{"Number of Trees": 2})["trees"] == 2


def test_the_summary_is_in_the_file(people):
    file = load_packed(train_on("Two-Class Averaged Perceptron", people)).file
    assert file.manifest.lineage["summary"]["kind"] == "linear"
