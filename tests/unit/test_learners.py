"""Every learner: trained, exported, compared with scikit-learn, packed, scored by rows and by files."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_digits

from studio.errors import ModuleExecutionError
from studio.graph.contract import Call
from studio.graph.journal import Journal
from studio.graph.palette import find_module
from studio.graph.properties import PropertyError
from studio.graph.runner import run_module
from studio.graph.training import train
from studio.model.export.graphs import export_graph
from studio.model.manifest import ONNX
from studio.model.packaging import check_parity
from studio.model.parity import TOLERANCE
from studio.tables.schema import write_cell
from tests.builders import (
    COMBINING,
    TRAINERS,
    NoData,
    call_module,
    clean_people,
    dataset,
    learner_names,
    load_packed,
    score_file,
    score_rows,
    train_on,
    untrained_model,
    with_marks,
)

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

EARLY = {"Early stopping": True, "Iterations without improvement": 3}
MODERN = EARLY | {"Optimizer": "Adam", "Learning rate of Adam": 0.01, "Activation of hidden nodes": "ReLU"}
LEARNERS = learner_names()
TWO_CLASS = [name for name in LEARNERS if name.startswith("Two-Class")]
# Every third one; the others are tried each night.
SOME = [pytest.param(name, marks=pytest.mark.long) if index % 3 else name for index, name in enumerate(LEARNERS)]
# Raw rows of the people table without the label: gaps, strangers and the usual.
ROWS = [
    ["30", "Oslo", "12.5", "true"],
    ["", "Lima", "", "false"],
    ["?", "?", "?", ""],
    ["71", "Atlantis", "3.25", "true"],
    ["44", "", "59.9", "false"],
]


def mistake_of(name, inputs, **given):
    """What a module says to a user, run as an experiment does it; nothing if it works."""
    module = find_module(name)
    properties = {item.name: item.default for item in module.properties} | given
    try:
        run_module(Call("My title", module, inputs, properties, NoData()))
    except ModuleExecutionError as error:
        return str(error)
    return ""


def rows_for(model):
    names = ["age", "city", "hours", "smoker", "bought"]
    return [[[*row, "yes"][names.index(column.name)] for column in model.encoder.sources] for row in ROWS]


@pytest.fixture(scope="module")
def people():
    return clean_people(500, seed=3)


@pytest.fixture(scope="class")
def trained(learner, people):
    return train_on(learner, people)


@pytest.fixture(scope="class")
def model(trained):
    return load_packed(trained)


@pytest.mark.parametrize("learner", with_marks(LEARNERS), scope="class")
class TestEveryLearner:
    def test_agrees_with_scikit_learn_in_onnx_and_scores_rows_and_files_alike(self, trained, model):
        parity = check_parity(trained, export_graph(trained), [])
        assert parity.rows > 500
        assert parity.other_labels == 0
        assert parity.max_difference <= TOLERANCE
        assert model.file.manifest.runtime == ONNX
        rows = rows_for(model)
        by_row = [["" if cell is None else write_cell(cell) for cell in row] for row in score_rows(model, rows)]
        for one, other in zip(by_row, score_file(model, rows), strict=True):
            for cell, text in zip(one, other, strict=True):
                assert cell == text or np.isclose(float(cell), float(text), rtol=1e-12, atol=1e-12)

    def test_scores_in_the_experiment_what_its_file_scores(self, trained, model, people):
        _, _, scorer = TRAINERS[trained.task]
        (scored,) = call_module(scorer, {"Trained model": trained, "Dataset": people})
        assert scored.names[-len(trained.outputs) :] == [column.name for column in trained.outputs]
        rows = zip(*(people.cells(column.name) for column in model.encoder.sources), strict=True)
        found = score_rows(model, list(rows)[:20])
        for index, column in enumerate(reversed(trained.outputs)):
            expected = scored.cells(column.name)[:20]
            for one, row in zip(expected, found, strict=True):
                assert one == row[-1 - index] or np.isclose(one, row[-1 - index], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("learner", SOME, scope="class")
class TestUnusualTables:
    def test_the_same_training_gives_the_same_scores(self, trained, learner, people):
        other = train_on(learner, people)
        assert np.array_equal(trained.score(trained.matrix), other.score(other.matrix))

    @pytest.mark.parametrize(
        "table",
        [
            "n,c,t,empty,bought,city,age\n"
            + "\n".join(f"{i},7,same,,{'yes' if i % 2 else 'no'},{'ABC'[i % 3]},{i % 9}" for i in range(60)),
            "n,bought,city,age\n"
            + "\n".join(f"{i},{'yes' if i % 2 else 'no'},{'AB'[i % 2]},{i % 9}" for i in range(24)),
            "t,u,bought,city,age\n"
            + "\n".join(
                f"{'xyz'[i % 3]},{'pq'[i % 2]},{'yes' if i % 2 else 'no'},{'AB'[i % 2]},{i % 9}" for i in range(24)
            ),
        ],
        ids=["constant and empty columns", "one number and the label", "texts only"],
    )
    def test_odd_tables_work(self, learner, table):
        trained = train_on(learner, dataset(table))
        assert check_parity(trained, export_graph(trained), []).holds

    def test_a_label_that_is_missing_in_half_of_the_rows_works(self, learner, people):
        label = TRAINERS[untrained_model(learner).task][1]
        if label is None:
            pytest.skip("it needs no label")
        frame = people.frame.copy()
        frame.loc[frame.index % 2 == 0, label] = None if frame[label].dtype == object else np.nan
        halved = type(people)(people.columns, frame, people.source)
        trained = train_on(learner, halved)
        assert len(trained.matrix) == people.frame.iloc[1::2][label].notna().sum()

    @pytest.mark.parametrize(
        "table",
        [
            "n,bought,city,age\n",
            "n,bought,city,age\n1,yes,Oslo,3\n",
            "n,bought,city,age\n" + "1,yes,Oslo,3\n" * 30,
            "bought,city,age\nyes,,\nno,,\n",
        ],
        ids=["no rows", "one row", "one value of everything", "an empty label"],
    )
    def test_tables_it_cannot_learn_from_end_in_an_error_with_a_number_or_a_model(self, learner, table):
        trainer, label, _ = TRAINERS[untrained_model(learner).task]
        data = {"Untrained model": untrained_model(learner), "Dataset": dataset(table)}
        message = mistake_of(trainer, data, **({"Label column": label} if label else {}))
        assert not message or re.match(rf"Error 0\d\d\d: {trainer} \(My title\): ", message), message


@pytest.mark.slow
@pytest.mark.parametrize("base", with_marks(TWO_CLASS, "Two-Class Neural Network"))
@pytest.mark.parametrize(
    "combination, label",
    [
        ("One-vs-All Multiclass", "city"),
        pytest.param("One-vs-All Multiclass", "bought", marks=pytest.mark.long),
        pytest.param("One-vs-One Multiclass", "city", marks=pytest.mark.long),
        pytest.param("One-vs-One Multiclass", "bought", marks=pytest.mark.long),
    ],
)
def test_every_two_class_learner_can_tell_several_classes_apart(combination, base, label, people):
    (untrained,) = call_module(combination, {"Untrained binary classification model": untrained_model(base)})
    data = {"Untrained model": untrained, "Dataset": people}
    (trained,) = call_module("Train Model", data, **{"Label column": label})
    assert check_parity(trained, export_graph(trained), []).holds


@pytest.mark.parametrize(
    "learner", ["Multiclass Decision Forest", "MultiClass Boosted Decision Tree", "Multiclass Neural Network"]
)
def test_several_classes_may_be_two(learner, people):
    trained = train_on(learner, people, "bought")
    assert [column.name for column in trained.outputs][:2] == [
        'Scored Probabilities for Class "no"',
        'Scored Probabilities for Class "yes"',
    ]
    assert check_parity(trained, export_graph(trained), []).holds


@pytest.mark.parametrize(
    "normalizer", ["Binning normalizer", "Gaussian normalizer", "Min-Max normalizer", "Do not normalize"]
)
@pytest.mark.parametrize(
    "learner", ["Two-Class Neural Network", pytest.param("Neural Network Regression", marks=pytest.mark.long)]
)
def test_every_normalizer_of_a_network_is_exported(learner, normalizer, people):
    trained = train_on(learner, people, **{"The type of normalizer": normalizer, "Number of hidden nodes": "8, 4"})
    assert check_parity(trained, export_graph(trained), []).holds


@pytest.mark.parametrize(
    "learner, properties",
    [
        ("Two-Class Support Vector Machine", {"Perform a projection to the unit-ball": True}),
        ("Two-Class Support Vector Machine", {"Normalize the features": False}),
        ("K-Means Clustering", {"Metric": "Cosine", "Number of Centroids": 4}),
        ("K-Means Clustering", {"Should input instances be normalized": False, "Initialization": "Random"}),
        ("PCA-Based Anomaly Detection", {"Enable input feature mean normalization": True}),
        (
            "Two-Class Decision Forest",
            {"Resampling method": "Replicate Resampling", "Number of random splits per node": 1},
        ),
        ("Linear Regression", {"Solution method": "Online Gradient Descent"}),
        ("Linear Regression", {"Include intercept term": False}),
        ("Two-Class Logistic Regression", {"L1 Regularization weight": 0}),
        ("Two-Class Neural Network", MODERN),
        ("Neural Network Regression", MODERN | {"Activation of hidden nodes": "Tanh"}),
        ("Two-Class Boosted Decision Tree", {"Early stopping": True}),
        ("Fast Forest Quantile Regression", {"Quantiles to be estimated": "0.1, 0.9", "Quantile sample count": 5}),
    ],
)
def test_other_properties_are_exported_too(learner, properties, people):
    trained = train_on(learner, people, **properties)
    assert check_parity(trained, export_graph(trained), []).holds


@pytest.mark.parametrize("learner", [name for name in LEARNERS if name not in COMBINING])
def test_ranges_are_swept_and_their_first_value_is_trained_without_a_sweep(learner):
    module = find_module(learner)
    swept = [item for item in module.properties if "ParameterRange" in item.choices]
    if not swept:
        pytest.skip("it has no ranges")
    given = {swept[0].name: "ParameterRange"}
    if learner == "Linear Regression":
        given["Solution method"] = "Online Gradient Descent"
    untrained = untrained_model(learner, **given)
    assert untrained.grid
    for name, values in untrained.grid.items():
        assert untrained.properties[name] == values[0]
        assert module.property(name) is not None


def test_a_quantile_forest_orders_its_quantiles_and_holds_about_the_right_share(people):
    trained = train_on("Fast Forest Quantile Regression", people)
    scores = trained.score(trained.matrix)
    assert (np.diff(scores, axis=1) >= 0).all()
    shares = (trained.target[:, None] <= scores).mean(axis=0)
    assert np.abs(shares - [0.25, 0.5, 0.75]).max() < 0.12


def test_anomalies_score_above_half_and_normal_rows_below():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=300), rng.normal(size=300)])
    csv = "a,b,c\n" + "\n".join(f"{a},{b},{a + b}" for a, b in rows)
    for learner in ("PCA-Based Anomaly Detection", "One-Class Support Vector Machine"):
        model = load_packed(train_on(learner, dataset(csv)))
        normal, strange = score_rows(model, [["0.1", "0.2", "0.3"], ["9", "9", "-40"]])
        assert (normal[-2], strange[-2]) == (0, 1)
        assert normal[-1] < 0.5 < strange[-1]


@pytest.mark.parametrize("learner", ["Two-Class Neural Network", "Boosted Decision Tree Regression"])
def test_early_stopping_ends_training_and_shows_what_it_went_by(learner, people):
    journal, (untrained,) = Journal(), call_module(learner, {}, **(MODERN if "Network" in learner else EARLY))
    label = "bought" if "Two-Class" in learner else "age"
    call = Call("Train", find_module("Train Model"), {}, {}, NoData(), journal=journal)
    train(call, untrained, people, label)
    curve = journal.curves()["Train"]
    assert curve["done"] < curve["total"] == 100
    assert len(curve["validation"]) == len(curve["loss"])


def test_early_stopping_needs_two_rows_of_each_label_value():
    rows = dataset("x,label\n" + "\n".join(f"{i},{'ab'[i % 2]}" for i in range(20)) + "\n20,c\n")
    with pytest.raises(PropertyError, match="each label value needs at least two rows"):
        train_on("Multiclass Neural Network", rows, "label", **EARLY)


@pytest.mark.long
def test_a_network_with_adam_and_relu_learns_where_the_originals_defaults_do_not():
    """Two hidden layers and batches of 256, on scikit-learn's digits."""
    bunch = load_digits()
    names = ",".join(f"f{index}" for index in range(64))
    lines = [",".join(map(str, row)) + f",{label}" for row, label in zip(bunch.data, bunch.target, strict=True)]
    given = {"Batch size": 256, "Number of hidden nodes": "50, 20", "Number of learning iterations": 25}
    modern = {"Optimizer": "Adam", "Activation of hidden nodes": "ReLU", "Learning rate of Adam": 0.005}
    table, right = dataset("\n".join([f"{names},label", *lines[::2]]) + "\n"), {}
    for name, properties in (("original", {}), ("modern", modern)):
        model = train_on("Multiclass Neural Network", table, "label", **given, **properties)
        right[name] = (model.score(model.matrix).argmax(axis=1) == model.target).mean()
    assert right["original"] < 0.4
    assert right["modern"] > 0.9


def test_networks_and_boosted_trees_keep_their_training_curve(people):
    epochs, trees = {"Number of learning iterations": 30}, {"Total number of trees constructed": 30}
    for learner, unit, given in (
        ("Two-Class Neural Network", "epoch", epochs),
        ("Boosted Decision Tree Regression", "tree", trees),
    ):
        curve = load_packed(train_on(learner, people, **given)).file.evaluation["trainingCurve"]
        assert (curve["unit"], len(curve["loss"])) == (unit, 30)
        assert curve["loss"][-1] < curve["loss"][0]


@pytest.mark.parametrize("text", ["", "0", "5, x"])
def test_hidden_nodes_are_explained(text, people):
    with pytest.raises(PropertyError, match="whole number from 1 to 10000 per layer"):
        train_on("Two-Class Neural Network", people, **{"Number of hidden nodes": text})


@pytest.mark.long
def test_ten_thousand_columns_work():
    names = ",".join(f"f{index}" for index in range(10_000))
    rows = "\n".join(
        ",".join(str((i * j) % 7) for j in range(10_000)) + f",{'yes' if i % 2 else 'no'}" for i in range(20)
    )
    trained = train_on("Two-Class Logistic Regression", dataset(f"{names},bought\n{rows}\n"))
    assert check_parity(trained, export_graph(trained), []).holds
