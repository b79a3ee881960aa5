"""Fitted estimators of scikit-learn, in skops format, become graphs that score as they do, and are never run."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, IsolationForest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from studio.errors import BadArgument
from studio.model.container import read_model_file, write_model_file
from studio.model.foreign.estimators import import_estimator, load_estimator
from studio.model.foreign.request import parse_request
from studio.model.loaded import open_model
from studio.model.proof import _check_golden_rows

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "plan": RANDOM.choice(["basic", "plus", "pro"], 120),
        "age": RANDOM.integers(18, 90, 120).astype(float),
        "spend": RANDOM.uniform(0, 60, 120),
    }
)
Y = np.where(X["age"] + X["spend"] > 80, "left", "stayed")


def prepared(handle_unknown="ignore"):
    return make_column_transformer((OneHotEncoder(handle_unknown=handle_unknown), ["plan"]), remainder=StandardScaler())


def request_of(expected=(), **more):
    sample = {"ColumnNames": list(X), "Values": X[:20].to_numpy().tolist()}
    return parse_request({"Sample": sample, "Expected": list(expected), **more})


def bring(estimator, request):
    content = skops.io.dumps(estimator)
    file, found = import_estimator(load_estimator(content, request), content, "Churn", request)
    return open_model(read_model_file(write_model_file(file), 1 << 24), 1), found


@pytest.mark.parametrize("learner", [LogisticRegression(), GradientBoostingClassifier(n_estimators=5)])
def test_a_fitted_pipeline_becomes_a_graph_in_double_precision(learner):
    pipeline = make_pipeline(prepared(), learner).fit(X, Y)
    model, found = bring(pipeline, request_of(pipeline.predict_proba(X[:20]).tolist()))
    assert found["LargestDifference"] < 1e-12
    assert (found["Task"], found["Labels"], found["Precision"]) == ("two-class", ["left", "stayed"], "double")
    scores = model.scorer.score(model.encoder.encode(X.to_numpy().tolist())[0])
    assert np.abs(scores[:, 0] - pipeline.predict_proba(X)[:, 1]).max() < 1e-12
    _check_golden_rows(model)


def test_texts_of_the_whole_data_are_known_and_others_as_the_encoder_says():
    rows = X[X["plan"] != "pro"][:20].to_numpy().tolist()
    body = {"Sample": {"ColumnNames": list(X), "Values": rows}, "Categories": {"plan": ["basic", "plus", "pro"]}}
    pipeline = make_pipeline(prepared("error"), LinearRegression()).fit(X, X["spend"] * 2 + (X["plan"] == "pro"))
    model, _ = bring(pipeline, parse_request(body))
    known = X[X["plan"] == "pro"][:1]
    given = [known.to_numpy().tolist()[0], ["gold", 30.0, 1.0]]
    scores = model.scorer.score(model.encoder.encode(given)[0])[:, 0]
    assert scores[0] == pytest.approx(pipeline.predict(known)[0])
    assert np.isnan(scores[1])


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "estimator, reason",
    [
        (CountVectorizer(input="filename", vocabulary=["root"]), r"reads files \(input='filename'\)"),
        (make_pipeline(FunctionTransformer(np.fromfile), LogisticRegression()), "holds a numpy.fromfile"),
        (make_pipeline(FunctionTransformer(pd.read_pickle), LogisticRegression()), "holds a pandas"),
        (LogisticRegression(), "is not fitted"),
        (IsolationForest(n_estimators=2).fit(X[["age"]]), "classifiers and regressors"),
        (StandardScaler().fit(X[["age"]]), "classifiers and regressors"),
    ],
    ids=["file", "numpy function", "pandas function", "not fitted", "outliers", "transformer"],
)
def test_what_is_no_data_or_no_predictor_is_refused(estimator, reason):
    with pytest.raises(BadArgument, match=reason):
        bring(estimator, request_of())


def test_another_prediction_than_the_library_made_is_refused():
    pipeline = make_pipeline(prepared(), LogisticRegression()).fit(X, Y)
    with pytest.raises(BadArgument, match=r"differs by up to .* 1e-09 is allowed"):
        bring(pipeline, request_of((pipeline.predict_proba(X[:20]) * 0.99).tolist()))


def test_a_file_that_cannot_be_read_says_which_versions_it_takes():
    with pytest.raises(BadArgument, match=r"trained with scikit-learn 0\.1, and this app has 1\."):
        load_estimator(b"PK\x03\x04 nothing", request_of(Versions={"scikit-learn": "0.1"}))
