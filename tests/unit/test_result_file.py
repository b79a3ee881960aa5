"""Results of modules in files: what comes out is what went in, and only data does."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.graph.document import PortRef, parse_experiment
from studio.graph.result_file import TREE, _Writer, read_result, write_result
from studio.graph.results import package_trained
from studio.graph.runner import Reuse, run_experiment
from studio.model.container import write_model_file
from tests.builders import (
    NoData,
    clean_people,
    learner_names,
    people_csv,
    people_experiment,
    train_on,
    untrained_model,
)
from tests.same import assert_same

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

CSV = people_csv(150, seed=6)


class Data(NoData):
    """People, in a version that does not change."""

    def dataset_version(self, path):
        return "1"


class Files:
    """Kept results that go through their files, in memory."""

    def __init__(self):
        self.files = {}

    def find(self, title, fingerprint):
        return read_result(self.files[title], fingerprint) if title in self.files else None

    def keep(self, title, fingerprint, values):
        self.files[title] = write_result(fingerprint, values)


def transforming_experiment(**learner):
    """The people experiment with computed columns, once as they are and once joined to themselves."""
    document = people_experiment("Two-Class Logistic Regression", **learner)
    modules, connections = document["modules"], document["connections"]
    modules["Bin"] = {"module": "Group Data into Bins", "properties": {"Columns to bin": ["hours"]}}
    modules["Pick"] = {"module": "Select Columns in Dataset", "properties": {"Select Columns": ["hours_quantized"]}}
    modules["Both"] = {"module": "Add Columns"}
    connections.remove({"from": ["Clean", "Cleaned dataset"], "to": ["Split", "Dataset"]})
    connections += [
        {"from": ["Clean", "Cleaned dataset"], "to": ["Bin", "Dataset"]},
        {"from": ["Bin", "Quantized dataset"], "to": ["Pick", "Dataset"]},
        {"from": ["Bin", "Quantized dataset"], "to": ["Both", "Left dataset"]},
        {"from": ["Pick", "Results dataset"], "to": ["Both", "Right dataset"]},
        {"from": ["Both", "Combined dataset"], "to": ["Split", "Dataset"]},
    ]
    return document


def run(document, results=None):
    experiment = parse_experiment(document)
    return run_experiment(
        experiment,
        Data({"people.csv": CSV}),
        wanted=set(experiment.nodes),
        fed={},
        parameters={},
        progress=lambda done, total, step: None,
        reuse=Reuse(results, {}) if results else None,
    )


def packed(result):
    model = result.values[PortRef("Train", "Trained model")]
    return write_model_file(package_trained(result, model, "x", lineage={}))


def back(values):
    return read_result(write_result("f", values), "f")


@pytest.mark.parametrize(
    "learner, given",
    [
        *((name, {}) for name in learner_names()),
        ("Multiclass Neural Network", {"Optimizer": "Adam", "Early stopping": True}),
        ("Two-Class Boosted Decision Tree", {"Early stopping": True}),
        ("Multiclass Logistic Regression", {"L1 Regularization weight": 0}),
    ],
)
def test_every_learner_and_its_model_come_back(learner, given):
    values = (untrained_model(learner, **given), train_on(learner, clean_people(60, seed=5), **given))
    assert_same(back(values), values)


def test_a_run_with_stored_results_gives_the_bytes_of_a_run_without():
    document, results = transforming_experiment(), Files()
    fresh = packed(run(document))
    assert packed(run(document, results)) == fresh
    again = run(document, results)
    assert all(record.reused for record in again.modules.values())
    assert packed(again) == fresh
    evaluation = again.values[PortRef("Evaluate", "Evaluation results")]
    assert list(evaluation.rows()) == list(run(document).values[PortRef("Evaluate", "Evaluation results")].rows())


def test_a_run_that_takes_some_stored_results_gives_the_bytes_of_a_run_without():
    results = Files()
    run(transforming_experiment(), results)
    changed = transforming_experiment(**{"L2 Regularizaton weight": 0.25})
    mixed = run(changed, results)
    assert [title for title, record in mixed.modules.items() if not record.reused] == [
        "Learner",
        "Train",
        "Score",
        "Evaluate",
    ]
    assert packed(mixed) == packed(run(changed))


def test_a_computed_column_that_two_results_hold_is_computed_once():
    results = Files()
    run(transforming_experiment(), results)
    del results.files["Both"]
    mixed = run(transforming_experiment(), results)
    assert not mixed.modules["Both"].reused
    assert packed(mixed) == packed(run(transforming_experiment()))


def test_another_fingerprint_is_not_found():
    assert read_result(write_result("one", (1,)), "other") is None


def test_values_and_their_sharing_come_back():
    texts = np.array(["a", None, "\0"], dtype=object)
    numbers = np.asfortranarray([[1.5, -0.0], [np.nan, np.inf]])
    values = ({"a": [1, None, True, -0.0], ("b", 2): float("inf")}, texts, numbers, numbers, np.arange(3) > 1)
    found = back(values)
    assert_same(found, values)
    assert found[2] is found[3]
    assert found[2].flags.writeable


@pytest.mark.parametrize(
    "value",
    [Path("x"), open, transforming_experiment, Path, {1}, b"x", np.array([1, Path("x")], dtype=object)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_another_kind_is_not_written(value):
    with pytest.raises(TypeError):
        write_result("f", (value,))


def test_a_pipeline_with_another_type_is_not_written():
    from sklearn.pipeline import Pipeline

    trained = train_on("Two-Class Logistic Regression", clean_people(60))
    foreign = replace(trained, pipeline=Pipeline([("path", Path("x"))]))
    with pytest.raises(TypeError, match="a pipeline that holds"):
        write_result("f", (foreign,))


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "reference",
    ["os.system", "clean_missing_data.importlib", "clean_missing_data.np", "..result_file._load_pipeline", "Path"],
)
@pytest.mark.parametrize("kind", ["function", "class"])
def test_a_file_that_names_foreign_code_is_refused(reference, kind):
    node = {"function": reference} if kind == "function" else {"object": 0}
    tree = {"fingerprint": "f", "values": [node], "objects": [{"class": reference, "fields": {}}]}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(TREE, json.dumps(tree))
    with pytest.raises(TypeError, match="no module file defines"):
        read_result(content.getvalue(), "f")


def test_arrays_that_exist_only_while_they_are_written_are_kept_apart():
    """As the indexes of frames are, which pandas makes when it is asked."""
    writer = _Writer()
    assert len({writer._object(np.arange(size)) for size in range(50)}) == 50
