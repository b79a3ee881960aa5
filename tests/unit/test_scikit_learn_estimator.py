"""The module Scikit-learn Estimator: pipelines trained as the notebook does it, exported, packed and scored."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC

from perennial.estimators import write_estimator
from studio.errors import ModuleExecutionError
from studio.graph.contract import Call
from studio.graph.palette import find_module
from studio.graph.properties import read_properties
from studio.graph.result_file import read_result, write_result
from studio.graph.runner import run_module
from studio.graph.time_budget import run_in_time
from studio.model.manifest import ONNX, SKOPS
from studio.model.scikit.fitted import PROCESSES, FittedElsewhere
from studio.model.session import ElsewhereScorer
from tests.builders import NoData, call_module, clean_people, load_packed, score_rows, untrained_model

# Each starts a process, or uses one that another test has started.
pytestmark = pytest.mark.slow
NAME = "Scikit-learn Estimator"
ROWS = [["30", "Oslo", "12.5", "true"], ["", "Lima", "", "false"], ["71", "Atlantis", "3.25", "true"]]


def pipeline(model, **encoder):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**encoder))
    return make_pipeline(make_column_transformer((numbers, ["age", "hours"]), (texts, ["city", "smoker"])), model)


def trained(estimator, label="bought", data=None, trainer="Train Model", **given):
    document = json.dumps(write_estimator(estimator))
    untrained = untrained_model(NAME, Estimator=document, **given)
    label = {"Label column": label} if label else {}
    return call_module(trainer, {"Untrained model": untrained, "Dataset": data or clean_people()}, **label)[0]


def train_call(estimator):
    untrained = untrained_model(NAME, Estimator=json.dumps(write_estimator(estimator)))
    module = find_module("Train Model")
    properties = read_properties(module, {"Label column": "bought"})
    return Call("Train", module, {"Untrained model": untrained, "Dataset": clean_people()}, properties, NoData())


def frame_of(data):
    """The people table as a notebook has it."""
    return pd.DataFrame({column.name: data.cells(column.name) for column in data.columns})


def test_a_pipeline_scores_as_it_does_in_the_notebook():
    data = clean_people()
    frame = frame_of(data)
    frame["smoker"] = frame["smoker"].astype(object)
    estimator = pipeline(LogisticRegression(C=0.5), handle_unknown="ignore")
    loaded = load_packed(trained(estimator, data=data))
    assert loaded.file.manifest.runtime == ONNX, loaded.file.manifest.runtime_reason
    assert loaded.file.manifest.task == "two-class"
    features = ["age", "city", "hours", "smoker"]
    numbers = estimator.set_params(columntransformer__verbose_feature_names_out=False)
    numbers.fit(frame[features], frame["bought"])
    rows = pd.DataFrame(
        {"age": [30, np.nan, 71], "city": ["Oslo", "Lima", "Atlantis"], "hours": [12.5, np.nan, 3.25]}
    ).assign(smoker=[True, False, True])
    expected = numbers.predict_proba(rows)[:, 1]
    scored = score_rows(loaded, ROWS)
    assert np.allclose([row[-1] for row in scored], expected, rtol=0, atol=1e-9)
    assert [row[-2] for row in scored] == numbers.predict(rows).tolist()


def test_rows_that_the_estimator_refuses_have_no_score():
    loaded = load_packed(trained(pipeline(HistGradientBoostingClassifier(max_iter=3))))
    assert loaded.file.manifest.runtime == ONNX, loaded.file.manifest.runtime_reason
    usual, gaps, stranger = score_rows(loaded, ROWS)
    assert usual[-2] in ("yes", "no")
    assert gaps[-2] in ("yes", "no")
    # OneHotEncoder raises for categories that it has not seen, unless it is told to ignore them.
    assert stranger[-2] is None
    assert np.isnan(stranger[-1])


def test_a_classifier_without_probabilities_gives_its_labels():
    data = clean_people()
    estimator = pipeline(LinearSVC(), handle_unknown="ignore")
    loaded = load_packed(trained(estimator, data=data))
    assert loaded.file.manifest.runtime == ONNX
    frame = frame_of(data)
    estimator.fit(frame, frame["bought"])
    assert [row[-2] for row in score_rows(loaded, [ROWS[0], ROWS[2]])] == estimator.predict(
        pd.DataFrame(
            [[30, "Oslo", 12.5, True], [71, "Atlantis", 3.25, True]], columns=["age", "city", "hours", "smoker"]
        )
    ).tolist()


def test_regression_and_outliers_are_told_from_the_estimator():
    numbers = make_column_transformer((SimpleImputer(), ["hours"]))
    regression = load_packed(trained(make_pipeline(numbers, LinearRegression()), "age"))
    assert (regression.file.manifest.task, regression.file.manifest.runtime) == ("regression", ONNX)
    forest = make_pipeline(numbers, IsolationForest(n_estimators=5, random_state=0))
    outliers = load_packed(trained(forest, None, trainer="Train Anomaly Detection Model"))
    assert (outliers.file.manifest.task, outliers.file.manifest.runtime) == ("anomaly-detection", ONNX)


def test_columns_counted_in_texts_are_inputs_of_the_graph():
    hashed, *_ = call_module(
        "Feature Hashing", {"Dataset": clean_people()}, **{"Target column": "city", "Hashing bitsize": 4}
    )
    numbers = make_column_transformer((SimpleImputer(), make_column_selector(dtype_include="number")))
    model = trained(make_pipeline(numbers, LogisticRegression()), data=hashed)
    loaded = load_packed(model)
    assert loaded.file.manifest.runtime == ONNX, loaded.file.manifest.runtime_reason
    matrix, _ = loaded.encoder.encode(ROWS)
    assert np.allclose(loaded.scorer.score(matrix)[:, 0], model.score(matrix)[:, 0], rtol=0, atol=1e-9)


@pytest.mark.long
def test_without_an_exporter_a_pipeline_is_scored_in_a_process_of_its_own():
    process = pipeline(GaussianProcessClassifier(), handle_unknown="ignore")
    data = clean_people().with_rows(np.arange(60))
    model = trained(process, data=data)
    loaded = load_packed(model)
    assert loaded.file.manifest.runtime == SKOPS
    assert "GaussianProcessClassifier has no exporter" in loaded.file.manifest.runtime_reason
    assert isinstance(loaded.scorer, ElsewhereScorer)
    before = score_rows(loaded, ROWS)
    assert {row[-2] for row in before} <= {"yes", "no"}
    # The process ends; the next request starts another.
    loaded.scorer._model._process._process.kill()
    loaded.scorer._model._process._process.wait()
    assert score_rows(loaded, ROWS) == before


@pytest.mark.long
def test_a_fitted_pipeline_is_kept_as_a_result():
    model = trained(pipeline(LogisticRegression(), handle_unknown="ignore"))
    kept = write_result("print", (model,))
    (again,) = read_result(kept, "print")
    assert isinstance(again.pipeline, FittedElsewhere)
    assert np.array_equal(again.score(again.matrix), model.score(model.matrix))


def test_parameters_are_properties_and_a_grid_is_tuned():
    estimator = pipeline(LogisticRegression(), handle_unknown="ignore")
    matrix = trained(estimator).matrix
    # One after the other, so that each uses the process that the one before has given back.
    loose, tight = (trained(estimator, logisticregression__C=value).score(matrix) for value in (100, 1e-4))
    assert np.abs(tight - 0.5).max() < np.abs(loose - 0.5).max()
    untrained = untrained_model(
        NAME,
        Estimator=json.dumps(write_estimator(estimator)),
        **{"Parameter grid": '{"logisticregression__C": [1e-6, 1]}'},
    )
    data = clean_people()
    results, best = call_module(
        "Tune Model Hyperparameters",
        {"Untrained model": untrained, "Training dataset": data, "Validation dataset": data},
        **{"Name or numerical index of the label column": "bought", "Specify parameter sweeping mode": "Entire grid"},
    )
    assert len(results.frame) == 2
    assert best.untrained.properties["logisticregression__C"] == 1


@pytest.mark.parametrize(
    "estimator, problem",
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), "could not convert string to float"),
        (pipeline(LogisticRegression(C=-1)), "C"),
        (make_pipeline(FunctionTransformer(np.log), LogisticRegression()), "raised"),
        (pipeline(StandardScaler()), "Set the property 'Task'"),
    ],
)
def test_an_estimator_that_fails_says_why(estimator, problem):
    with pytest.raises(ModuleExecutionError) as error:
        trained(estimator)
    assert problem in str(error.value)


@pytest.mark.attack("Size and time")
def test_an_estimator_that_takes_all_memory_ends_its_process_only():
    greedy = make_pipeline(
        make_column_transformer((SimpleImputer(), ["age", "hours"])),
        RBFSampler(n_components=10_000),
        PolynomialFeatures(3),
        LogisticRegression(),
    )
    with pytest.raises(ModuleExecutionError, match=r"Error 0138.*(memory|time)"):
        run_module(train_call(greedy))


@pytest.mark.attack("Size and time")
@pytest.mark.long
def test_an_estimator_that_takes_too_long_ends_with_the_run():
    slow = make_pipeline(
        make_column_transformer((SimpleImputer(), ["age", "hours"])),
        MLPClassifier((2000, 2000), max_iter=100_000, tol=0, n_iter_no_change=100_000),
    )
    started = time.monotonic()
    with pytest.raises(ModuleExecutionError, match="Error 0138"):
        run_in_time(lambda budget: run_module(replace(train_call(slow), budget=budget)), 2.0, print)
    assert time.monotonic() - started < 20


@pytest.mark.attack("Secrets")
@pytest.mark.skipif(not Path("/proc").exists(), reason="environments are read from /proc")
def test_the_process_sees_nothing_of_the_apps_environment(monkeypatch):
    monkeypatch.setenv("PERENNIAL_MASTER_SECRET", "secret of the app")
    PROCESSES.close()
    model = trained(pipeline(LogisticRegression(), handle_unknown="ignore"))
    environment = Path(f"/proc/{model.pipeline._process._process.pid}/environ").read_text()
    assert "OMP_NUM_THREADS" in environment
    assert "PERENNIAL" not in environment
    assert "secret of the app" not in environment
