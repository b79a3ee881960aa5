"""Vectorizers in pipelines of users: which column they read, counted by the encoder, weighed in the graph."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from perennial.estimators import write_estimator
from studio.errors import ModuleExecutionError
from studio.graph.dataset import dataset_from_cells
from studio.model.manifest import ONNX
from studio.model.scikit.codec import EstimatorError
from studio.model.scikit.vectorizers import COUNTED_TEXTS, find_readings, replace_vectorizers
from studio.tables.schema import Column, ColumnType
from tests.builders import call_module, load_packed, score_rows, untrained_model

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

# Where the solver stops depends on rounding errors, which differ; the graph itself is checked to 1e-9.
SOLVER = 1e-4
COLUMNS = ["age", "comment", "title", "city"]
NEW = pd.DataFrame(
    [[30.0, "What a superb, superb film!", "nice", "Oslo"], [51.0, "words of no kind", "", "Rome"]], columns=COLUMNS
)


def readings(estimator, columns=COLUMNS):
    return find_readings(json.loads(json.dumps(write_estimator(estimator))), columns)


def people(rows=90):
    random = np.random.default_rng(0)
    good, bad, plain = ["good", "great", "superb"], ["bad", "poor", "awful"], ["the", "a", "of", "film", "plot"]

    def text(is_good):
        return " ".join(random.choice(plain + (good if is_good else bad), 7))

    truth = random.random(rows) < 0.5
    texts = {name: [text(value) for value in truth] for name in ("comment", "title")}
    frame = pd.DataFrame({"age": random.normal(40, 10, rows).round(1), **texts})
    return frame.assign(city=random.choice(["Oslo", "Rome"], rows), label=np.where(truth, "yes", "no"))


def train(estimator, frame):
    columns = [Column(name, ColumnType.DOUBLE if name == "age" else ColumnType.STRING) for name in frame.columns]
    data = dataset_from_cells(columns, [frame[name].tolist() for name in frame.columns])
    untrained = untrained_model("Scikit-learn Estimator", Estimator=json.dumps(write_estimator(estimator)))
    inputs = {"Untrained model": untrained, "Dataset": data}
    return call_module("Train Model", inputs, **{"Label column": "label"})[0], data


def test_the_column_is_found_by_name_by_place_and_if_there_is_one_only():
    union = make_union(TfidfVectorizer(), CountVectorizer(analyzer="char"))
    found = readings(make_column_transformer((union, "comment"), (make_pipeline(HashingVectorizer(n_features=8)), 2)))
    assert [(item.column, item.operation.analyzer, item.operation.buckets) for item in found] == [
        ("comment", "word", 0),
        ("comment", "char", 0),
        ("title", "word", 8),
    ]
    assert [item.column for item in readings(make_pipeline(TfidfVectorizer(), LogisticRegression()), ["text"])] == [
        "text"
    ]


def test_what_follows_the_counts_stays_in_the_document():
    document = replace_vectorizers(
        write_estimator(make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=3))), ["text"], lambda reading: (4, 7)
    )
    (step,) = document["parameters"]["steps"]
    assert step["tuple"][1] == {
        "estimator": COUNTED_TEXTS,
        "parameters": {"start": 4, "width": 7, "norm": "l2", "use_idf": True, "sublinear_tf": True},
    }


@pytest.mark.parametrize(
    "estimator, problem",
    [
        (
            make_column_transformer((TfidfVectorizer(), ["comment"])),
            "such as (TfidfVectorizer(), 'age'), not in a list",
        ),
        (make_pipeline(TfidfVectorizer(), LogisticRegression()), "steps[0][1] is a TfidfVectorizer"),
        (make_column_transformer((TfidfVectorizer(), "comments")), "must read one text column"),
        (make_column_transformer((HashingVectorizer(), "comment")), "Set n_features to 32,768 or less"),
        (make_column_transformer((CountVectorizer(token_pattern=r"\d+"), "comment")), "token_pattern is"),
        (make_column_transformer((CountVectorizer(ngram_range=(1, 50)), "comment")), "50-grams"),
    ],
)
def test_a_vectorizer_that_cannot_be_used_says_why(estimator, problem):
    with pytest.raises(EstimatorError) as error:
        readings(estimator)
    assert problem in str(error.value)


@pytest.mark.slow
def test_new_texts_score_as_in_the_notebook():
    numbers = make_column_selector(dtype_include="number")
    columns = make_column_transformer(
        (TfidfVectorizer(ngram_range=(1, 2), stop_words="english", sublinear_tf=True), "comment"),
        (
            make_pipeline(CountVectorizer(analyzer="char_wb"), TruncatedSVD(4, random_state=0), StandardScaler()),
            "title",
        ),
        (HashingVectorizer(n_features=64), "title"),
        (OneHotEncoder(), ["city"]),
        (StandardScaler(), numbers),
    )
    estimator, frame = make_pipeline(columns, LogisticRegression()), people()
    model, data = train(estimator, frame)
    loaded = load_packed(model)
    assert loaded.file.manifest.runtime == ONNX, loaded.file.manifest.runtime_reason
    assert [column.name for column in loaded.file.encoder.columns] == COLUMNS
    expected = estimator.fit(frame[COLUMNS], frame["label"]).predict_proba(NEW)[:, 1]
    rows = NEW[[column.name for column in loaded.encoder.sources]].astype(str).to_numpy().tolist()
    assert np.allclose([row[-1] for row in score_rows(loaded, rows)], expected, rtol=0, atol=SOLVER)
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": data})
    assert np.allclose(scored.frame["Scored Probabilities"], estimator.predict_proba(frame[COLUMNS])[:, 1], atol=SOLVER)


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator, problem",
    [
        pytest.param(
            GridSearchCV(
                make_pipeline(TfidfVectorizer(), LogisticRegression()),
                {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)]},
            ),
            "'ngram_range' of a vectorizer cannot be searched",
            marks=pytest.mark.long,
        ),
        (
            make_pipeline(
                make_column_transformer(
                    (TfidfVectorizer(), "comment"), (OneHotEncoder(handle_unknown="ignore"), ["comment"])
                ),
                LogisticRegression(),
            ),
            "also read by another part",
        ),
        (make_pipeline(CountVectorizer(min_df=0.99), LogisticRegression()), "no token of the column 'comment' is left"),
    ],
)
def test_what_cannot_be_counted_once_says_why(estimator, problem):
    with pytest.raises(ModuleExecutionError) as error:
        train(estimator, people()[["comment", "label"]])
    assert problem in str(error.value)


def test_more_counts_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr("studio.graph.counted_texts.MAX_CELLS", 900)
    with pytest.raises(ModuleExecutionError, match=r"20 tokens in 90 rows; 10 are possible. Set max_features"):
        train(make_pipeline(HashingVectorizer(n_features=20), LogisticRegression()), people()[["comment", "label"]])
